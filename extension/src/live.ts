/**
 * Notices that the project changed. Events are only hints (they can be lost, denied or forged), so every hint
 * leads to one cheap question, "which revision is it now?", and only its answer counts.
 */
import { IDisposable } from '@lumino/disposable';
import { ISignal, Signal } from '@lumino/signaling';

import { CHANGED_EVENT } from './contract';

/** Which nouns the hints spoke of since the last change; null when a poll found it without any hint. */
export interface IChange {
  nouns: ReadonlySet<string> | null;
}

/** The part of Jupyter's event stream that is used. */
export interface IEventStream {
  connect(slot: (sender: unknown, event: IEvent) => void): boolean;
  disconnect(slot: (sender: unknown, event: IEvent) => void): boolean;
}

interface IEvent {
  readonly schema_id: string;
  readonly noun?: unknown;
}

/** The part of `document` that is used. */
export interface IVisibility {
  readonly visibilityState: string;
  addEventListener(type: 'visibilitychange', listener: () => void): void;
  removeEventListener(type: 'visibilitychange', listener: () => void): void;
}

export interface ILiveOptions {
  /** Asks the server for the project's revision. */
  ask: () => Promise<string>;
  stream: IEventStream;
  page: IVisibility;
  /** Milliseconds between questions while events are known to arrive. */
  slow?: number;
  /** Milliseconds between questions while no event has proved that they arrive. */
  fast?: number;
  /** Milliseconds in which hints are gathered into one question. */
  gather?: number;
}

export class Live implements IDisposable {
  constructor(options: ILiveOptions) {
    const { ask, stream, page, slow = 30_000, fast = 5_000, gather = 80 } = options;
    this._ask = ask;
    this._stream = stream;
    this._page = page;
    this._pace = { slow, fast, gather };
    this._stream.connect(this._onEvent);
    this._page.addEventListener('visibilitychange', this._onVisibility);
    this._question = this.check();
  }

  /** Emitted after the revision has moved. */
  get changed(): ISignal<this, IChange> {
    return this._changed;
  }

  get isDisposed(): boolean {
    return this._disposed;
  }

  /** Milliseconds between questions while the page is visible and events arrive. */
  set slow(milliseconds: number) {
    this._pace.slow = milliseconds;
    this._plan();
  }

  /** Ask now; questions asked meanwhile are answered by one more. */
  check(): Promise<void> {
    this._again = this._busy;
    if (!this._busy) {
      this._question = this._round();
    }
    return this._question;
  }

  /** Ask now, and tell a change whatever the answer is: a person wants everything fetched again. */
  refresh(): Promise<void> {
    this._doubted = true;
    return this.check();
  }

  dispose(): void {
    if (this._disposed) {
      return;
    }
    this._disposed = true;
    this._stream.disconnect(this._onEvent);
    this._page.removeEventListener('visibilitychange', this._onVisibility);
    clearTimeout(this._pollTimer);
    clearTimeout(this._gatherTimer);
    Signal.clearData(this);
  }

  private async _round(): Promise<void> {
    this._busy = true;
    do {
      this._again = false;
      await this._compare();
    } while (this._again && !this._disposed);
    this._busy = false;
    this._plan();
  }

  private async _compare(): Promise<void> {
    const hints = this._hints;
    this._hints = new Set();
    let revision: string;
    try {
      revision = await this._ask();
    } catch {
      // The server is away or busy. Panels say so themselves when they fetch; here the next round asks again.
      this._doubted = true;
      return;
    }
    this._arrive(revision, hints);
  }

  private _arrive(revision: string, hints: Set<string>): void {
    const [last, doubted] = [this._revision, this._doubted];
    this._revision = revision;
    this._doubted = false;
    if (last === null || this._disposed) {
      return;
    }
    if (last !== revision) {
      this._proven = hints.size > 0;
    }
    if (last !== revision || doubted) {
      this._changed.emit({ nouns: hints.size > 0 ? hints : null });
    }
  }

  private readonly _onEvent = (_: unknown, event: IEvent): void => {
    if (event.schema_id !== CHANGED_EVENT) {
      return;
    }
    this._proven = true;
    this._hints.add(String(event.noun));
    if (this._gatherTimer === undefined && this._visible) {
      this._gatherTimer = setTimeout(() => {
        this._gatherTimer = undefined;
        void this.check();
      }, this._pace.gather);
    }
  };

  private readonly _onVisibility = (): void => {
    clearTimeout(this._pollTimer);
    if (this._visible) {
      void this.check();
    }
  };

  private get _visible(): boolean {
    return this._page.visibilityState !== 'hidden';
  }

  private _plan(): void {
    clearTimeout(this._pollTimer);
    if (this._visible && !this._disposed) {
      const pause = this._proven ? this._pace.slow : this._pace.fast;
      this._pollTimer = setTimeout(() => void this.check(), pause);
    }
  }

  private readonly _ask: () => Promise<string>;
  private readonly _stream: IEventStream;
  private readonly _page: IVisibility;
  private readonly _pace: { slow: number; fast: number; gather: number };
  private readonly _changed = new Signal<this, IChange>(this);
  private _question: Promise<void>;
  private _revision: string | null = null;
  private _hints = new Set<string>();
  private _busy = false;
  private _again = false;
  private _doubted = false;
  private _proven = false;
  private _disposed = false;
  private _pollTimer: ReturnType<typeof setTimeout> | undefined;
  private _gatherTimer: ReturnType<typeof setTimeout> | undefined;
}
