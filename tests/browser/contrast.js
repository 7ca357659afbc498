// Every text on the page whose contrast against what lies behind it is below 4.5, as "ratio | class | text | colour | background".
() => {
  const out = [];
  const cv = document.createElement('canvas'); cv.width = cv.height = 1; const cx = cv.getContext('2d', {willReadFrequently: true});
  const rgba = (c) => { cx.clearRect(0,0,1,1); cx.fillStyle = c; cx.fillRect(0,0,1,1); const d = cx.getImageData(0,0,1,1).data; return [d[0],d[1],d[2],d[3]/255]; };
  const over = (f,b) => [0,1,2].map(i => f[i]*f[3]+b[i]*(1-f[3]));
  const lum = (c) => { const a = c.slice(0,3).map(v => { v/=255; return v<=0.03928? v/12.92 : ((v+0.055)/1.055)**2.4; }); return .2126*a[0]+.7152*a[1]+.0722*a[2]; };
  const parent = (n) => n.parentElement ?? n.getRootNode().host;
  const back = (n) => { const layers=[]; for (let e=n; e; e=parent(e)) { const s=getComputedStyle(e); const bg=rgba(s.backgroundColor); if (bg[3]>0) layers.push(bg); const g=s.backgroundImage.match(/rgba?\([^)]+\)/); if (g) layers.push(rgba(g[0])); if (bg[3]===1) break; } let b=[255,255,255]; for (const l of layers.reverse()) b=over(l,b); return b; };
  const walk = (root) => { for (const e of root.querySelectorAll('*')) { if (e.shadowRoot) walk(e.shadowRoot);
      if (!e.checkVisibility?.({opacityProperty:true,visibilityProperty:true}) ) continue;
      if (![...e.childNodes].some(n => n.nodeType===3 && n.textContent.trim())) continue;
      if (e.closest('canvas,style,script,title,svg,[data-testid="stIconMaterial"]')) continue;
      let op=1; for (let p=e;p;p=parent(p)) op*=Number(getComputedStyle(p).opacity);
      const b=back(e); let f=rgba(getComputedStyle(e).color); f[3]*=op; const c=over(f,b); const [x,y]=[lum(c),lum(b)].sort((p,q)=>q-p); const r=(x+.05)/(y+.05);
      if (r<4.5 && !e.disabled && !e.closest('[disabled]')) out.push([r.toFixed(2), e.className?.toString?.().slice(0,40) || e.tagName, e.textContent.trim().slice(0,40), c.map(Math.round).join(','), b.map(Math.round).join(',')].join(' | ')); } };
  walk(document);
  return [...new Set(out)];
}
