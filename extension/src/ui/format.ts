/** How numbers, sizes, times and names are written. Pure, so that every rule has a test. */
import { TranslationBundle } from '@jupyterlab/translation';

/** A metric value as it travels: JSON has no word for the three that are not finite. */
export type Num = number | 'nan' | 'inf' | '-inf';

const WORDS = new Map<string, string>([
  ['nan', 'NaN'],
  ['inf', '∞'],
  ['-inf', '−∞']
]);

/** Thousands are parted from five digits on, so that a year stays a year. */
const GROUPED = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0, useGrouping: 'min2' });
const EXACT = new Intl.NumberFormat('en-US', { maximumFractionDigits: 20, useGrouping: 'min2' });

function isFinite(value: Num): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}

/** The value for a chart: null where it is not finite. */
export function plottable(value: Num): number | null {
  return isFinite(value) ? value : null;
}

function shortFloat(value: number): string {
  const size = Math.abs(value);
  if (size >= 1e9 || size < 1e-4) {
    return String(Number(value.toPrecision(4)).toExponential()).replace('e+', 'e');
  }
  return size >= 1000 ? GROUPED.format(value) : String(Number(value.toPrecision(4)));
}

/** Four significant digits; integers and thousands in full. */
export function number(value: Num): string {
  if (!isFinite(value)) {
    return WORDS.get(String(value).toLowerCase().replace('infinity', 'inf')) ?? String(value);
  }
  const text =
    Number.isInteger(value) && Math.abs(value) < 1e15 ? GROUPED.format(value) : shortFloat(value);
  return text.replace('-', '−').replace('e−', 'e-');
}

/** Every digit, for titles. */
export function exact(value: Num): string {
  if (!isFinite(value)) {
    return number(value);
  }
  return Number.isInteger(value) && Math.abs(value) < 1e15 ? EXACT.format(value) : String(value);
}

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'];

/** Bytes in decimal units, as disks are sold and `ls --si` prints. */
export function bytes(size: number): string {
  let value = size;
  let unit = 0;
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${unit === 0 ? value : Number(value.toPrecision(value < 10 ? 2 : 3))} ${UNITS[unit]}`;
}

export function percent(part: number, whole: number): string {
  if (whole === 0 || part === 0) {
    return '0 %';
  }
  const share = (100 * part) / whole;
  if (share < 0.1) {
    return '< 0.1 %';
  }
  if (share > 99.9 && part < whole) {
    return '> 99.9 %';
  }
  return `${Number(share.toPrecision(share < 10 ? 2 : 3))} %`;
}

/** A duration in its two largest units: `0.4 s`, `12 s`, `3 min 5 s`, `2 h 10 min`, `3 d 4 h`. */
export function duration(seconds: number): string {
  const whole = Math.max(0, seconds);
  if (whole < 9.95) {
    return `${Math.round(whole * 10) / 10} s`;
  }
  return coarse(Math.round(whole));
}

/** As `duration`, in whole seconds, so that a running clock ticks evenly. */
export function elapsed(seconds: number): string {
  return coarse(Math.max(0, Math.floor(seconds)));
}

function coarse(seconds: number): string {
  const steps: [number, string, number, string][] = [
    [86_400, 'd', 3_600, 'h'],
    [3_600, 'h', 60, 'min'],
    [60, 'min', 1, 's']
  ];
  const found = steps.find(([size]) => seconds >= size);
  if (!found) {
    return `${seconds} s`;
  }
  const [size, unit, part, partUnit] = found;
  const rest = Math.floor((seconds % size) / part);
  return `${Math.floor(seconds / size)} ${unit}${rest ? ` ${rest} ${partUnit}` : ''}`;
}

/** An age in one unit, for list rows: `12 s`, `3 min`, `2 h`, `5 d`. */
export function age(seconds: number): string {
  return coarse(Math.max(0, Math.floor(seconds)))
    .split(' ')
    .slice(0, 2)
    .join(' ');
}

/** An age as a phrase: `just now`, `3 min ago`, `2 d ago`. */
export function ago(seconds: number, trans: TranslationBundle): string {
  return seconds < 5 ? trans.__('just now') : trans.__('%1 ago', age(seconds));
}

/** The exact local time of seconds since the epoch, for titles. */
export function moment(time: number): string {
  return new Date(time * 1000).toLocaleString(undefined, {
    dateStyle: 'medium',
    timeStyle: 'medium'
  });
}

function dayNumber(time: number): number {
  const day = new Date(time * 1000);
  return Date.UTC(day.getFullYear(), day.getMonth(), day.getDate()) / 86_400_000;
}

/** The heading of the day `time` lies in: `Today`, `Yesterday`, `Saturday 21 November`, `October 2026`. */
export function day(time: number, now: number, trans: TranslationBundle): string {
  const back = dayNumber(now) - dayNumber(time);
  if (back <= 0) {
    return trans.__('Today');
  }
  if (back === 1) {
    return trans.__('Yesterday');
  }
  const style: Intl.DateTimeFormatOptions =
    back < 30
      ? { weekday: 'long', day: 'numeric', month: 'long' }
      : { month: 'long', year: 'numeric' };
  return new Date(time * 1000).toLocaleDateString(undefined, style);
}

/** The two parts of a name of which the first may be cut: the tail always stays to be read. */
export function splitName(name: string): [string, string] {
  const letters = [...name];
  const cut = letters.length > 16 ? letters.length - 6 : letters.length;
  return [letters.slice(0, cut).join(''), letters.slice(cut).join('')];
}

/** Any JSON value as one line of text: text bare, numbers short, the rest as JSON. */
export function value(given: unknown): string {
  if (typeof given === 'string') {
    return given;
  }
  return typeof given === 'number' ? number(given) : (JSON.stringify(given) ?? '');
}

/** A time of a table, as text: the date alone at midnight, no `T`. */
export function timeText(given: unknown): string {
  return value(given)
    .replace(/[T ]00:00:00(\.0+)?$/, '')
    .replace(/^(\d{4}-\d\d-\d\d)T/, '$1 ');
}

/** Any JSON value as exact text, for titles and copying. */
export function exactValue(given: unknown): string {
  return typeof given === 'string' ? given : (JSON.stringify(given) ?? '');
}

/** The last part of a path. */
export function fileName(path: string): string {
  return path.split('/').pop() ?? path;
}
