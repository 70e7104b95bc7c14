/**
 * One answer of the server, kept fresh: fetched when somebody looks, again when the project changed, at most a few
 * times a second, and never while hidden. Models are built of these, so no component fetches anything.
 */
import { IDisposable } from '@lumino/disposable';
import { ISignal, Signal } from '@lumino/signaling';

import { asError, BenchbookError } from '../errors';
import { IChange } from '../live';

/** Milliseconds between two fetches for changes of the own noun, and of other nouns. */
const NEAR = 200;
const FAR = 3_000;

export interface IResourceOptions<T> {
  load: (signal: AbortSignal) => Promise<T>;
  /** The nouns whose changes matter at once; others matter within seconds. */
  nouns: string[];
  live?: ISignal<unknown, IChange>;
}

/** `next`, with every part that equals the part of `last` replaced by it, so that memoised rows stay. */
export function keep<T>(last: unknown, next: T): T {
  if (Object.is(last, next)) {
    return last as T;
  }
  if (Array.isArray(last) && Array.isArray(next)) {
    return keepList(last, next) as T;
  }
  return isPlain(last) && isPlain(next) ? (keepObject(last, next) as T) : next;
}

function isPlain(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function keepList(last: unknown[], next: unknown[]): unknown[] {
  const merged = next.map((value, at) => keep(last[at], value));
  return merged.length === last.length && merged.every((value, at) => value === last[at])
    ? last
    : merged;
}

function keepObject(last: Record<string, unknown>, next: Record<string, unknown>): object {
  const before = new Map(Object.entries(last));
  const merged = Object.entries(next).map(
    ([key, value]) => [key, keep(before.get(key), value)] as const
  );
  const same =
    merged.length === before.size &&
    merged.every(([key, value]) => Object.is(before.get(key), value));
  return same ? last : Object.fromEntries(merged);
}

export class Resource<T> implements IDisposable {
  constructor(options: IResourceOptions<T>) {
    this._load = options.load;
    this._nouns = new Set([...options.nouns, 'project']);
    this._live = options.live;
    this._live?.connect(this._onChange, this);
  }

  /** Emitted whenever value, error or loading moved. */
  get changed(): ISignal<this, void> {
    return this._changed;
  }

  get value(): T | undefined {
    return this._value;
  }

  get error(): BenchbookError | null {
    return this._error;
  }

  get loading(): boolean {
    return this._abort !== null;
  }

  get isDisposed(): boolean {
    return this._disposed;
  }

  /** Whether somebody looks. Turning it on fetches what was missed meanwhile. */
  set active(active: boolean) {
    this._active = active;
    if (active && this._stale) {
      this._later(0);
    }
  }

  /** Fetch now; an answer still under way is dropped. */
  async refresh(): Promise<void> {
    if (this._disposed) {
      return;
    }
    clearTimeout(this._timer);
    this._timer = undefined;
    this._stale = false;
    this._started = Date.now();
    this._abort?.abort();
    const abort = (this._abort = new AbortController());
    this._changed.emit();
    await this._fetch(abort);
  }

  /** What was asked would now be asked otherwise: fetch again, as soon as somebody looks. */
  touch(): void {
    this._later(0);
  }

  dispose(): void {
    this._disposed = true;
    this._abort?.abort();
    clearTimeout(this._timer);
    this._live?.disconnect(this._onChange, this);
    Signal.clearData(this);
  }

  private async _fetch(abort: AbortController): Promise<void> {
    try {
      const value = await this._load(abort.signal);
      this._settle(abort, () => {
        this._value = keep(this._value, value);
        this._error = null;
      });
    } catch (thrown) {
      this._settle(abort, () => {
        this._error = asError(thrown);
      });
    }
  }

  private _settle(abort: AbortController, store: () => void): void {
    if (abort !== this._abort || this._disposed) {
      return;
    }
    this._abort = null;
    store();
    this._changed.emit();
    if (this._missed) {
      this._missed = false;
      this._later(NEAR);
    }
  }

  private _onChange(_: unknown, change: IChange): void {
    const near = change.nouns === null || [...change.nouns].some(noun => this._nouns.has(noun));
    if (this._abort !== null) {
      this._missed = true;
    } else {
      this._later(near ? NEAR : FAR);
    }
  }

  /** Fetch as soon as `gap` milliseconds have passed since the last fetch began. */
  private _later(gap: number): void {
    if (!this._active) {
      this._stale = true;
      return;
    }
    const due = Math.max(Date.now(), this._started + gap);
    if (this._timer !== undefined && this._due <= due) {
      return;
    }
    clearTimeout(this._timer);
    this._due = due;
    this._timer = setTimeout(() => void this.refresh(), due - Date.now());
  }

  private readonly _load: (signal: AbortSignal) => Promise<T>;
  private readonly _nouns: ReadonlySet<string>;
  private readonly _live: ISignal<unknown, IChange> | undefined;
  private readonly _changed = new Signal<this, void>(this);
  private _value: T | undefined;
  private _error: BenchbookError | null = null;
  private _abort: AbortController | null = null;
  private _active = false;
  private _stale = true;
  private _missed = false;
  private _disposed = false;
  private _started = 0;
  private _due = 0;
  private _timer: ReturnType<typeof setTimeout> | undefined;
}
