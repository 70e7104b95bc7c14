import { nullTranslator } from '@jupyterlab/translation';
import { describe, expect, it } from 'vitest';

import {
  age,
  ago,
  bytes,
  day,
  duration,
  elapsed,
  exact,
  number,
  percent,
  splitName,
  timeText,
  value
} from './format';

const trans = nullTranslator.load('benchbook');

describe('numbers', () => {
  it.each([
    [0, '0'],
    [42, '42'],
    [2013, '2013'],
    [336776, '336,776'],
    [-1234567, '−1,234,567'],
    [0.731249, '0.7312'],
    [0.5, '0.5'],
    [12345.678, '12,346'],
    [0.00001234567, '1.235e-5'],
    [-0.00001, '−1e-5'],
    [1.5e12 + 0.5, '1.5e12'],
    ['nan' as const, 'NaN'],
    ['inf' as const, '∞'],
    ['-inf' as const, '−∞']
  ])('shows %s with four significant digits, integers in full', (given, shown) => {
    expect(number(given)).toBe(shown);
  });

  it('keeps every digit in the title', () => {
    expect(exact(0.7312490000000001)).toBe('0.7312490000000001');
  });
});

describe('sizes and shares', () => {
  it.each([
    [0, '0 B'],
    [999, '999 B'],
    [1000, '1 kB'],
    [5_250_000, '5.3 MB'],
    [999_999, '1 MB'],
    [123_456_789, '123 MB']
  ])('shows %s bytes in decimal units', (size, shown) => {
    expect(bytes(size)).toBe(shown);
  });

  it.each([
    [0, 10, '0 %'],
    [10, 10, '100 %'],
    [1, 100_000, '< 0.1 %'],
    [99_999, 100_000, '> 99.9 %'],
    [1, 3, '33.3 %'],
    [0, 0, '0 %']
  ])('never rounds %s of %s to all or nothing', (part, whole, shown) => {
    expect(percent(part, whole)).toBe(shown);
  });
});

describe('times', () => {
  it.each([
    [0.42, '0.4 s'],
    [12.3, '12 s'],
    [185, '3 min 5 s'],
    [7800, '2 h 10 min'],
    [273600, '3 d 4 h'],
    [-5, '0 s']
  ])('shows a duration of %s seconds in its two largest units', (seconds, shown) => {
    expect(duration(seconds)).toBe(shown);
  });

  it('ticks in whole seconds while a run is running', () => {
    expect(elapsed(3.99)).toBe('3 s');
  });

  it('shows an age in one unit, and a clock ahead of ours as now', () => {
    expect([age(185), ago(185, trans), ago(-3, trans)]).toEqual(['3 min', '3 min ago', 'just now']);
  });

  it('names the days of a list relative to today', () => {
    const now = new Date(2026, 10, 24, 0, 5).getTime() / 1000;
    const names = [now, now - 600, now - 3 * 86_400].map(time => day(time, now, trans));
    expect(names).toEqual(['Today', 'Yesterday', expect.stringContaining('21')]);
  });
});

describe('names and values', () => {
  it('leaves the end of a long name to be read, and never splits an emoji', () => {
    const parts = splitName('a very long run name 🧪🧪🧪🧪🧪🧪');
    expect(parts).toEqual(['a very long run name ', '🧪🧪🧪🧪🧪🧪']);
  });

  it.each([
    ['2013-01-01T00:00:00', '2013-01-01'],
    ['2013-01-01T05:30:00', '2013-01-01 05:30:00'],
    ['05:30:00', '05:30:00']
  ])('shows the time %s as %s', (given, shown) => {
    expect(timeText(given)).toBe(shown);
  });

  it('shows text bare, numbers short and the rest as JSON', () => {
    expect([value('hgb'), value(0.123456), value([1, 'a']), value(null), value(undefined)]).toEqual(
      ['hgb', '0.1235', '[1,"a"]', 'null', '']
    );
  });
});
