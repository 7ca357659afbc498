// What the data of a demo are, in words. They are made up, or a recording of a market that is not the market now.

export const isRecording = (status) => status.source.startsWith("recording ");

export const demoWords = (status) =>
  isRecording(status) ? "a recording of a market, not the market now" : "made up, not market data";
