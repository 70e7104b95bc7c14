/**
 * Makes an executed notebook safe to look at. Its outputs come from somewhere else: nothing in them may run, and nothing
 * may be fetched from another host, not even a picture. Pure functions, so that each rule has a test.
 */

/** The kinds of output that are shown; all others fall back to their text. */
const SHOWN = new Set([
  'application/vnd.jupyter.error',
  'application/vnd.jupyter.stderr',
  'application/vnd.jupyter.stdout',
  'image/gif',
  'image/jpeg',
  'image/png',
  'image/svg+xml',
  'text/html',
  'text/latex',
  'text/markdown',
  'text/plain'
]);

const VEGA = /^application\/vnd\.vega(lite)?\.v\d+(\.\d+)?\+json$/;

/** Whether a chart specification asks for data of another place. */
export function fetches(spec: unknown): boolean {
  if (Array.isArray(spec)) {
    return spec.some(fetches);
  }
  if (typeof spec !== 'object' || spec === null) {
    return false;
  }
  return Object.entries(spec).some(
    ([key, value]) => key === 'url' || key === 'href' || fetches(value)
  );
}

/** Whether one representation of an output may be shown. */
export function isShown(mimeType: string, data: unknown): boolean {
  return SHOWN.has(mimeType) || (VEGA.test(mimeType) && !fetches(data));
}

type Json = Record<string, unknown>;

function isJson(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function safeOutput(output: unknown): unknown {
  if (!isJson(output) || !isJson(output.data)) {
    return output;
  }
  const data = Object.entries(output.data).filter(([mimeType, value]) => isShown(mimeType, value));
  return { ...output, data: Object.fromEntries(data) };
}

function safeCell(cell: unknown): unknown {
  if (!isJson(cell)) {
    return cell;
  }
  const outputs = Array.isArray(cell.outputs) ? { outputs: cell.outputs.map(safeOutput) } : {};
  const metadata = isJson(cell.metadata) ? { ...cell.metadata, trusted: false } : {};
  return { ...cell, metadata, ...outputs };
}

/** A copy of a notebook (nbformat 4 JSON) without any output that could run or fetch. */
export function safeNotebook(notebook: object): Json {
  const cells: unknown = (notebook as Json).cells;
  return { ...notebook, cells: Array.isArray(cells) ? cells.map(safeCell) : [] };
}

/** Whether an address stays on this page: inline data, or an attachment of the cell. */
export function isInline(address: string): boolean {
  return /^\s*(data:image\/(png|jpeg|gif|webp|svg\+xml)[;,]|attachment:|#)/i.test(address);
}
