import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { CHANGED_EVENT } from './contract';
import { IChange, Live } from './live';

type Slot = (sender: unknown, event: { schema_id: string; noun?: unknown }) => void;

class Stream {
  slots = new Set<Slot>();
  connect = (slot: Slot): boolean => !!this.slots.add(slot);
  disconnect = (slot: Slot): boolean => this.slots.delete(slot);
  say(noun: string, schema = CHANGED_EVENT): void {
    this.slots.forEach(slot => slot(null, { schema_id: schema, noun }));
  }
}

class Page {
  visibilityState = 'visible';
  listeners = new Set<() => void>();
  addEventListener = (_: string, listener: () => void): unknown => this.listeners.add(listener);
  removeEventListener = (_: string, listener: () => void): unknown =>
    this.listeners.delete(listener);
  become(state: string): void {
    this.visibilityState = state;
    this.listeners.forEach(listener => listener());
  }
}

async function makeLive() {
  const [stream, page, server] = [
    new Stream(),
    new Page(),
    { revision: '1', asked: 0, down: false }
  ];
  const ask = async (): Promise<string> => {
    server.asked += 1;
    if (server.down) {
      throw new Error('away');
    }
    return server.revision;
  };
  const live = new Live({ ask, stream, page });
  const seen: (string[] | null)[] = [];
  live.changed.connect((_, change: IChange) => seen.push(change.nouns && [...change.nouns]));
  await vi.advanceTimersByTimeAsync(0);
  return { live, stream, page, server, seen };
}

describe('Live', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('asks once for a burst of events and tells one change with their nouns', async () => {
    const { stream, server, seen } = await makeLive();
    server.revision = '2';
    Array.from({ length: 50 }, () => stream.say('run'));
    stream.say('dataset');
    await vi.advanceTimersByTimeAsync(200);
    expect([server.asked, seen]).toEqual([2, [['run', 'dataset']]]);
  });

  it('believes the revision, not the event', async () => {
    const { stream, seen } = await makeLive();
    stream.say('run');
    await vi.advanceTimersByTimeAsync(200);
    expect(seen).toEqual([]);
  });

  it("ignores other extensions' events", async () => {
    const { stream, server } = await makeLive();
    stream.say('run', 'https://events.jupyter.org/jupyter_server/contents_service/v1');
    await vi.advanceTimersByTimeAsync(200);
    expect(server.asked).toBe(1);
  });

  it('asks every 5 s until an event has come, then every 30 s', async () => {
    const { stream, server } = await makeLive();
    await vi.advanceTimersByTimeAsync(10_000);
    const before = server.asked;
    stream.say('run');
    await vi.advanceTimersByTimeAsync(30_000);
    expect([before, server.asked]).toEqual([3, 4]);
  });

  it('returns to every 5 s when a change came without an event', async () => {
    const { stream, server, seen } = await makeLive();
    stream.say('run');
    await vi.advanceTimersByTimeAsync(200);
    server.revision = '2';
    await vi.advanceTimersByTimeAsync(30_000);
    const before = server.asked;
    await vi.advanceTimersByTimeAsync(10_000);
    expect([seen, server.asked - before]).toEqual([[null], 2]);
  });

  it('asks nothing while hidden and at once when seen again', async () => {
    const { stream, page, server, seen } = await makeLive();
    page.become('hidden');
    server.revision = '2';
    stream.say('run');
    await vi.advanceTimersByTimeAsync(60_000);
    const hidden = server.asked;
    page.become('visible');
    await vi.advanceTimersByTimeAsync(0);
    expect([hidden, server.asked, seen]).toEqual([1, 2, [['run']]]);
  });

  it('tells a change after the server was away, even at the same revision', async () => {
    const { server, seen } = await makeLive();
    server.down = true;
    await vi.advanceTimersByTimeAsync(5_000);
    server.down = false;
    await vi.advanceTimersByTimeAsync(5_000);
    expect(seen).toEqual([null]);
  });

  it('tells a change when a person asks for one', async () => {
    const { live, seen } = await makeLive();
    await live.refresh();
    expect(seen).toEqual([null]);
  });

  it('is silent and listens to nothing once disposed', async () => {
    const { live, stream, page, server } = await makeLive();
    live.dispose();
    await vi.advanceTimersByTimeAsync(60_000);
    expect([server.asked, stream.slots.size, page.listeners.size]).toEqual([1, 0, 0]);
  });
});
