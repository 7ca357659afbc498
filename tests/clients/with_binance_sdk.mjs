// Binance's JavaScript SDK for USD-M futures: it sends hexadecimal text as ids.
// usage: node with_binance_sdk.mjs REST WS FOLDER   (FOLDER holds node_modules)
import { createRequire } from "node:module";
import { join } from "node:path";

console.info = console.log = console.warn = console.error; // standard output is for our lines alone
const [rest, ws, folder] = process.argv.slice(2);
const require = createRequire(join(folder, "package.json"));
const { DerivativesTradingUsdsFutures } = require("@binance/derivatives-trading-usds-futures");

const symbol = "SYN1USDT";
const lower = symbol.toLowerCase();
const client = new DerivativesTradingUsdsFutures({
  configurationRestAPI: { apiKey: "none", apiSecret: "none", basePath: rest },
  configurationWebsocketStreams: { wsURL: ws },
});
const api = client.restAPI;

const routes = {
  time: () => api.checkServerTime(),
  exchangeInfo: () => api.exchangeInformation(),
  depth: () => api.orderBook({ symbol }),
  trades: () => api.recentTradesList({ symbol }),
  historicalTrades: () => api.oldTradesLookup({ symbol }),
  aggTrades: () => api.compressedAggregateTradesList({ symbol }),
  klines: () => api.klineCandlestickData({ symbol, interval: "1m" }),
  continuousKlines: () =>
    api.continuousContractKlineCandlestickData({ pair: symbol, contractType: "PERPETUAL", interval: "1m" }),
  markPriceKlines: () => api.markPriceKlineCandlestickData({ symbol, interval: "1m" }),
  indexPriceKlines: () => api.indexPriceKlineCandlestickData({ pair: symbol, interval: "1m" }),
  premiumIndex: () => api.markPrice({ symbol }),
  fundingRate: () => api.getFundingRateHistory({ symbol }),
  fundingInfo: () => api.getFundingRateInfo(),
  "ticker/24hr": () => api.ticker24hrPriceChangeStatistics({ symbol }),
  "ticker/price": () => api.symbolPriceTicker({ symbol }),
  "ticker/price (v2)": () => api.symbolPriceTickerV2({ symbol }),
  "ticker/bookTicker": () => api.symbolOrderBookTicker({ symbol }),
  openInterest: () => api.openInterest({ symbol }),
};
const streams = {
  aggTrade: (to) => to.aggregateTradeStreams({ symbol: lower }),
  kline_1m: (to) => to.klineCandlestickStreams({ symbol: lower, interval: "1m" }),
  continuousKline_1m: (to) =>
    to.continuousContractKlineCandlestickStreams({ pair: lower, contractType: "perpetual", interval: "1m" }),
  markPrice: (to) => to.markPriceStream({ symbol: lower }),
  "markPrice@1s": (to) => to.markPriceStream({ symbol: lower, updateSpeed: "1s" }),
  "!markPrice@arr": (to) => to.markPriceStreamForAllMarket(),
  ticker: (to) => to.individualSymbolTickerStreams({ symbol: lower }),
  miniTicker: (to) => to.individualSymbolMiniTickerStream({ symbol: lower }),
  "!ticker@arr": (to) => to.allMarketTickersStreams(),
  "!miniTicker@arr": (to) => to.allMarketMiniTickersStream(),
  bookTicker: (to) => to.individualSymbolBookTickerStreams({ symbol: lower }),
  "!bookTicker": (to) => to.allBookTickersStream(),
  depth: (to) => to.diffBookDepthStreams({ symbol: lower }),
  "depth@100ms": (to) => to.diffBookDepthStreams({ symbol: lower, updateSpeed: "100ms" }),
  depth5: (to) => to.partialBookDepthStreams({ symbol: lower, levels: 5 }),
  "depth20@500ms": (to) => to.partialBookDepthStreams({ symbol: lower, levels: 20, updateSpeed: "500ms" }),
};

async function probe(kind, name, run) {
  const line = { client: "@binance SDK for JavaScript", kind, name, silent: "", got: "", error: "" };
  let timer;
  const late = new Promise((_, reject) => (timer = setTimeout(() => reject(new Error("nothing came")), 20000)));
  try {
    line.got = JSON.stringify(await Promise.race([run(), late])).slice(0, 100);
  } catch (error) {
    line.error = String(error.message ?? error).slice(0, 200);
  }
  clearTimeout(timer);
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

for (const [name, call] of Object.entries(routes)) {
  await probe("route", name, async () => (await call()).data());
}
for (const [name, subscribe] of Object.entries(streams)) {
  const connection = await client.websocketStreams.connect();
  await probe("stream", name, () => new Promise((resolve) => subscribe(connection).on("message", resolve)));
  await connection.disconnect();
}
process.exit(0);
