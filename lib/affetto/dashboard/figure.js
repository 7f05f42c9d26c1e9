// Plotly's own figure, from the one copy that the carrier brings.  Nobody waits for that copy when a
// figure is made: the carrier itself may be made later.
const plotly = (globalThis.affettoPlotly ??= Promise.withResolvers());

export default () => {
  let begun;
  return {
    initialize(context) {
      begun = plotly.promise.then(async (make) => {
        const figure = make();
        await figure.initialize(context);
        return figure;
      });
    },
    async render(context) { return (await begun).render(context); },
  };
};
