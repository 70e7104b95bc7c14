import { describe, expect, it } from 'vitest';

import { ModelSummary, ModelVersion } from '../contract';
import { followed, refsToServe, refToServe } from './model';

function version(number: number, ...aliases: string[]): ModelVersion {
  return { name: 'delay', version: number, aliases } as unknown as ModelVersion;
}

describe('what is served', () => {
  it('is the alias, so that the endpoint follows it', () => {
    expect(refToServe(version(3, 'golden', 'champion'))).toBe('delay@champion');
    expect(refToServe(version(3, 'golden'))).toBe('delay@golden');
    expect(refToServe(version(3))).toBe('delay:3');
  });

  it('can be chosen: champions first, then other aliases, then the newest', () => {
    const aliased = [version(3, 'best', 'champion'), version(2, 'also')];
    const summary = { name: 'delay', aliased } as unknown as ModelSummary;
    expect(refsToServe([summary])).toEqual(['delay@champion', 'delay@also', 'delay@best', 'delay']);
    expect(refsToServe([])).toEqual([]);
  });

  it('follows an alias or none', () => {
    expect([followed('delay@champion'), followed('delay:3'), followed('delay')]).toEqual([
      'champion',
      null,
      null
    ]);
  });
});
