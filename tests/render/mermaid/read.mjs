// What Mermaid itself reads of a flowchart on stdin. NODE_MODULES is the folder that it is installed in.
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const require = createRequire(`${process.env.NODE_MODULES}/`);
const load = async (name) => import(pathToFileURL(require.resolve(name)).href);
const { JSDOM } = await load("jsdom");
const { window } = new JSDOM("");
Object.assign(globalThis, { window, document: window.document });
const { default: mermaid } = await import(
  pathToFileURL(`${process.env.NODE_MODULES}/node_modules/mermaid/dist/mermaid.core.mjs`).href
);

let text = "";
for await (const part of process.stdin) text += part;
mermaid.initialize({ maxTextSize: 1e9, maxEdges: 1e6 });
await mermaid.parse(text);
const { db } = await mermaid.mermaidAPI.getDiagramFromText(text);
// Entities are kept as marks until a label is drawn.
const shown = (label) => label.replace(/ﬂ°°(\d+)¶ß/g, (_, number) => String.fromCodePoint(Number(number)));
console.log(
  JSON.stringify({
    nodes: [...db.getVertices().values()].map((node) => shown(node.text)),
    edges: db.getEdges().map((edge) => [edge.start, edge.end, edge.stroke]),
    groups: db.getSubGraphs().map((group) => shown(group.title)),
  }),
);
