/** Refs as people write them, and the lines of Python that load them. Pure. */

export interface IRef {
  noun: 'dataset' | 'model';
  name: string;
  version: number;
}

/** `flights:3` */
export function refText(ref: IRef): string {
  return `${ref.name}:${ref.version}`;
}

/** The names that may stand in a ref: what `benchbook.refs.check_name` lets pass. */
const NAME = /^[\p{L}\p{N}][\p{L}\p{N}\p{M}_.-]{0,99}$/u;

export function isName(text: string): boolean {
  return NAME.test(text) && !text.endsWith('.');
}

/** A Python string literal of `text`; JSON's escapes are Python's as long as no surrogate pair is escaped. */
export function pythonString(text: string): string {
  return JSON.stringify(text);
}

/** The nearest Python variable name: `flight data-2013` becomes `flight_data_2013`. */
export function variable(name: string): string {
  const plain = name.replace(/[^\p{L}\p{N}]+/gu, '_').replace(/^_+|_+$/g, '');
  return /^\p{L}/u.test(plain) ? plain : `data_${plain}`.replace(/_$/, '');
}

/** The line that loads a version. */
export function loadLine(ref: IRef): string {
  const call = ref.noun === 'dataset' ? 'load_dataset' : 'load_model';
  return `${variable(ref.name)} = bb.${call}(${pythonString(refText(ref))})`;
}

/** The line that saves a file as a dataset named after it. */
export function saveLine(path: string): string {
  const file = path.split('/').pop() ?? path;
  const stem = file.replace(/\.[^.]*$/, '').replace(/[^\p{L}\p{N}_.-]+/gu, '-');
  const name = stem.replace(/^[^\p{L}\p{N}]+|\.+$/gu, '') || 'data';
  return `bb.save_dataset(${pythonString(name)}, ${pythonString(path)})`;
}
