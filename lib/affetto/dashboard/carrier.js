// Plotly's five megabytes reach the page once, with this widget, and every figure takes them from here.
const plotly = (globalThis.affettoPlotly ??= Promise.withResolvers());
const resized = () => requestAnimationFrame(() => window.dispatchEvent(new Event("resize")));

export default {
  initialize({ model }) {
    const file = new Blob([model.get("source")], { type: "text/javascript" });
    import(URL.createObjectURL(file)).then((found) => plotly.resolve(found.default), plotly.reject);
  },
  render({ el }) {
    // A figure is drawn before it stands on the page, so it learns its width when it arrives there.
    const seen = new WeakSet();
    const watcher = new MutationObserver(() => {
      for (const figure of document.querySelectorAll(".js-plotly-plot")) {
        if (!seen.has(figure)) { seen.add(figure); resized(); setTimeout(resized, 300); }
      }
    });
    watcher.observe(document.body, { childList: true, subtree: true });
    return () => watcher.disconnect();
  },
};
