import { Signal } from '@lumino/signaling';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { IChange } from '../live';
import { keep, Resource } from './resource';

function makeResource() {
  const sender = {};
  const live = new Signal<object, IChange>(sender);
  const server = { asked: 0, fail: false };
  const load = async (): Promise<number[]> => {
    server.asked += 1;
    await new Promise(done => setTimeout(done, 10));
    if (server.fail) {
      throw new Error('away');
    }
    return [1, 2, 3];
  };
  return { resource: new Resource({ load, nouns: ['run'], live }), live, server };
}

describe('Resource', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('fetches nothing until somebody looks', async () => {
    const { live, resource, server } = makeResource();
    live.emit({ nouns: null });
    await vi.advanceTimersByTimeAsync(10_000);
    const before = server.asked;
    resource.active = true;
    await vi.advanceTimersByTimeAsync(100);
    expect([before, server.asked, resource.value]).toEqual([0, 1, [1, 2, 3]]);
  });

  it('answers a storm of changes with at most five fetches a second', async () => {
    const { live, resource, server } = makeResource();
    resource.active = true;
    for (let beat = 0; beat < 100; beat++) {
      live.emit({ nouns: new Set(['run']) });
      await vi.advanceTimersByTimeAsync(10);
    }
    expect(server.asked).toBeLessThanOrEqual(6);
  });

  it('takes seconds over changes of other nouns', async () => {
    const { live, resource, server } = makeResource();
    resource.active = true;
    await vi.advanceTimersByTimeAsync(100);
    live.emit({ nouns: new Set(['model']) });
    await vi.advanceTimersByTimeAsync(1_000);
    const early = server.asked;
    await vi.advanceTimersByTimeAsync(3_000);
    expect([early, server.asked]).toEqual([1, 2]);
  });

  it('keeps the last answer beside an error', async () => {
    const { resource, server } = makeResource();
    resource.active = true;
    await vi.advanceTimersByTimeAsync(100);
    server.fail = true;
    void resource.refresh();
    await vi.advanceTimersByTimeAsync(100);
    expect([resource.value, resource.error?.message]).toEqual([[1, 2, 3], 'away']);
  });

  it('keeps the same array while the answer stays the same', async () => {
    const { resource } = makeResource();
    void resource.refresh();
    await vi.advanceTimersByTimeAsync(100);
    const before = resource.value;
    void resource.refresh();
    await vi.advanceTimersByTimeAsync(100);
    expect(resource.value).toBe(before);
  });
});

describe('keep', () => {
  it('keeps the parts that did not move and takes those that did', () => {
    const last = {
      runs: [
        { id: 'a', tags: { x: '1' } },
        { id: 'b', tags: {} }
      ],
      total: 2
    };
    const next = {
      runs: [
        { id: 'a', tags: { x: '1' } },
        { id: 'b', tags: { y: '2' } }
      ],
      total: 2
    };
    const merged = keep(last, next);
    expect([merged.runs[0] === last.runs[0], merged.runs[1] === last.runs[1], merged]).toEqual([
      true,
      false,
      next
    ]);
  });

  it('treats a key like __proto__ as any other', () => {
    const next = JSON.parse('{"__proto__": {"x": 1}}');
    expect(JSON.stringify(keep({}, next))).toBe('{"__proto__":{"x":1}}');
  });
});
