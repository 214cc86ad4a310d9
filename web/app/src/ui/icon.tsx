/** Lucide's line icons, drawn as SVG; always beside a word or inside a labelled control. */
import type { IconNode } from "lucide";
import { createElement } from "preact";

/** Draw *node* in the colour of the text around it. */
export function Icon({ node, size = 18 }: { node: IconNode; size?: number }) {
  const face = { width: size, height: size, viewBox: "0 0 24 24", fill: "none", stroke: "currentColor" };
  return (
    <svg class="icon" stroke-width={1.6} stroke-linecap="round" stroke-linejoin="round" aria-hidden="true" {...face}>
      {node.map(([tag, attributes]) => createElement(tag, { ...attributes, key: JSON.stringify(attributes) }))}
    </svg>
  );
}
