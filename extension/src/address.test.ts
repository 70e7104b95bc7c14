import { describe, expect, it } from 'vitest';

import { address } from './address';

describe('address', () => {
  it('encodes every part of a path and every value of a query', () => {
    const path = ['runs', 'a b', 'artifacts', 'plots', 'ä/ö?.png'];
    expect(address('/user/demo/', path, [['key', 'x&y=z']])).toBe(
      '/user/demo/benchbook/runs/a%20b/artifacts/plots/%C3%A4%2F%C3%B6%3F.png?key=x%26y%3Dz'
    );
  });

  it.each(['..', '.', ''])('refuses the part %j, which would lead elsewhere', part => {
    expect(() => address('/', ['runs', part], [])).toThrow('no address inside Benchbook');
  });
});
