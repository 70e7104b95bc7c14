import { describe, expect, it } from 'vitest';

import { isName, loadLine, saveLine, variable } from './refs';

describe('lines of Python', () => {
  it('load a version into a variable named after it', () => {
    expect(loadLine({ noun: 'dataset', name: 'flights-2013', version: 3 })).toBe(
      'flights_2013 = bb.load_dataset("flights-2013:3")'
    );
  });

  it.each([
    ['2013', 'data_2013'],
    ['überflug', 'überflug'],
    ['a.b-c', 'a_b_c']
  ])('make a variable of %s', (name, shown) => {
    expect(variable(name)).toBe(shown);
  });

  it('save a file, quoting whatever its name holds', () => {
    expect(saveLine('raw/my "best" flights.csv')).toBe(
      'bb.save_dataset("my-best-flights", "raw/my \\"best\\" flights.csv")'
    );
  });

  it('find a name even where the file has none', () => {
    expect(saveLine('.csv')).toBe('bb.save_dataset("data", ".csv")');
  });
});

describe('isName', () => {
  it.each(['champion', 'v2.1', 'über-1', '版本'])('accepts %s', name => {
    expect(isName(name)).toBe(true);
  });

  it.each(['', '_x', 'a/b', 'a b', 'x.', '<script>', 'a:b', '..'])('refuses %j', name => {
    expect(isName(name)).toBe(false);
  });
});
