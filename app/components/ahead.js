// Fetches, while nobody waits, the parts of Streamlit's own page that music needs, and starts them
// a moment later: starting the chart library holds the page up for a good half second, and the
// first thing that a listener does should not meet it.
// PARTS are the names of their files, beside the page's own script.
(() => {
  const MOMENT = 1000; // ms
  const page = document.querySelector('script[type="module"][src*="static/js/"]');
  const fetch = () => {
    const files = PARTS.map((name) => new URL(name, page.src).href);
    files.forEach((href) =>
      document.head.append(Object.assign(document.createElement('link'), { rel: 'modulepreload', href }))
    );
    setTimeout(() => files.forEach((file) => import(file).catch(() => {})), MOMENT);
  };
  if (page) (window.requestIdleCallback ?? setTimeout)(fetch);
})();
