/** One clock for all ages and elapsed times: ticks only while something on a visible page shows one. */
import * as React from 'react';

class Clock {
  constructor(private readonly _period: number) {}

  subscribe = (listener: () => void): (() => void) => {
    this._listeners.add(listener);
    this._timer ??= setInterval(this._tick, this._period);
    return () => {
      this._listeners.delete(listener);
      if (this._listeners.size === 0) {
        clearInterval(this._timer);
        this._timer = undefined;
      }
    };
  };

  /** Whole seconds since the epoch, so that one drawing sees one time. */
  read = (): number => Math.floor(Date.now() / 1000);

  private readonly _tick = (): void => {
    if (document.visibilityState !== 'hidden') {
      this._listeners.forEach(listener => listener());
    }
  };

  private readonly _listeners = new Set<() => void>();
  private _timer: ReturnType<typeof setInterval> | undefined;
}

const seconds = new Clock(1_000);
const slow = new Clock(10_000);

/** Now, in seconds, renewed every second. */
export function useSecond(): number {
  return React.useSyncExternalStore(seconds.subscribe, seconds.read);
}

/** Now, in seconds, renewed every ten seconds. */
export function useNow(): number {
  return React.useSyncExternalStore(slow.subscribe, slow.read);
}
