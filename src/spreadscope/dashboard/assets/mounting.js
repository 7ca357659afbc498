// Streamlit calls a component's function when the element is mounted and again whenever the script runs with other data
// or another theme, without a clean-up between. The view that is there is kept, and what is typed with it; it is made
// anew only when it is to show something else.

// `make(parentElement, data, signature)` gives a view; `signature(data)` names what it shows; `ran(view, component)`
// tells it of the script's run.
export function mounting({ make, signature, ran }) {
  const views = new WeakMap();
  return (component) => {
    const { data, parentElement } = component;
    let view = views.get(parentElement);
    if (view?.signature !== signature(data)) {
      view?.destroy();
      view = make(parentElement, data, signature(data));
      views.set(parentElement, view);
    }
    ran(view, component);
    return () => {
      views.get(parentElement)?.destroy();
      views.delete(parentElement);
    };
  };
}
