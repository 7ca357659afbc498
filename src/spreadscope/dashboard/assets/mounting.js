// Streamlit calls a component's function when the element is mounted and again whenever the script runs with other data
// or another theme, without a clean-up between. The view that is there is kept, and what is typed with it; it is made
// anew only when it is to show something else.

// `make(parentElement, data, signature)` gives a view; `signature(data)` names what it shows; `ran(view, component)`
// tells it of the script's run.
/**
 * @template {Record<string, unknown>} Told
 * @template Data
 * @typedef {import("@streamlit/component-v2-lib").FrontendRendererArgs<Told, Data>} Component
 */
/**
 * @typedef {HTMLElement | ShadowRoot} Parent where Streamlit mounts a component
 * @typedef {{ signature: string, destroy(): void }} View
 */
/**
 * @template Made, Data
 * @template {Record<string, unknown>} Told
 * @typedef {object} Kind
 * @property {(parent: Parent, data: Data, signature: string) => Made} make
 * @property {(data: Data) => string} signature
 * @property {(view: Made, component: Component<Told, Data>) => void} ran
 */

/**
 * @template {View} Made
 * @template Data what the script gives
 * @template {Record<string, unknown>} Told what is told to the script
 * @param {Kind<Made, Data, Told>} kind
 * @returns {import("@streamlit/component-v2-lib").FrontendRenderer<Told, Data>}
 */
export function mounting({ make, signature, ran }) {
  /** @type {WeakMap<Parent, Made>} */
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
