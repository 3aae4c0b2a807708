/**
 * Makes an element.
 *
 * @param {string} name - Tag, with classes behind dots: `span.pill.good`.
 * @param {Record<string, unknown>} [properties] - Set as properties; those with a dash, and `role`, as attributes.
 * @param {...(Node | string)} children - Text is text, never markup.
 */
export function element(name, properties = {}, ...children) {
  const [tag, ...classes] = name.split(".");
  const node = document.createElement(tag);
  node.classList.add(...classes);
  for (const [key, value] of Object.entries(properties)) {
    if (key.includes("-") || key === "role") node.setAttribute(key, String(value));
    else node[key] = value;
  }
  node.append(...children);
  return node;
}

/** Changes a node's text where it differs, so that what is shown is not laid out again for nothing. */
export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}
