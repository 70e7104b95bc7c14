/** The params of a pipeline as typed into a form. Pure. */
import { PipelineInfo } from '../contract';
import { exactValue } from '../ui/format';

/** What a person typed for a param: JSON where it is JSON, else text. */
export function parseParam(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** The params that differ from the pipeline's own. */
export function changedParams(
  info: PipelineInfo,
  typed: ReadonlyMap<string, string>
): Record<string, unknown> {
  const known = new Map(Object.entries(info.params));
  const changed = [...typed].filter(([key, text]) => text !== exactValue(known.get(key)));
  const originals = changed.map(([key, text]) => {
    const value = typeof known.get(key) === 'string' ? text : parseParam(text);
    return [key, value] as const;
  });
  return Object.fromEntries(originals);
}
