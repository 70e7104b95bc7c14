/** What this browser has asked for that takes seconds: asking a gate, starting an endpoint. Shown until it ends. */
import { ISignal, Signal } from '@lumino/signaling';

import { OnLong } from './client';

export interface ITask {
  readonly key: number;
  readonly label: string;
  /** Seconds since the epoch. */
  readonly started: number;
  /** Ends it, as soon as the server has said how. */
  readonly cancel?: () => Promise<void>;
}

export class Tasks {
  get changed(): ISignal<this, void> {
    return this._changed;
  }

  get list(): readonly ITask[] {
    return this._list;
  }

  /** Show `label` while `work` goes on; `work` tells how it can be ended. */
  async run<T>(label: string, work: (onLong: OnLong) => Promise<T>): Promise<T> {
    this._made += 1;
    const task: ITask = { key: this._made, label, started: Date.now() / 1000 };
    this._set([...this._list, task]);
    try {
      return await work(cancel => {
        this._set(this._list.map(one => (one.key === task.key ? { ...one, cancel } : one)));
      });
    } finally {
      this._set(this._list.filter(one => one.key !== task.key));
    }
  }

  private _set(list: readonly ITask[]): void {
    this._list = list;
    this._changed.emit();
  }

  private readonly _changed = new Signal<this, void>(this);
  private _list: readonly ITask[] = [];
  private _made = 0;
}
