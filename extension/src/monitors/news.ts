/** What is new between two lists of monitors: alerts that rang, retrainings that ended. Pure. */
import { MonitorItem, Retraining, RungAlert } from '../contract';

export type News =
  | { kind: 'alerts'; monitor: string; chunk: string; alerts: RungAlert[] }
  | { kind: 'retraining'; monitor: string; model: string; retraining: Retraining };

/** Remembers what was told. The first list is what was there before anybody looked: nothing of it is news. */
export class NewsDesk {
  /** What of `items` is news; each thing is told once. */
  read(items: readonly MonitorItem[]): News[] {
    const found = items.flatMap(item => [...this._alerts(item), ...this._retraining(item)]);
    const begun = this._begun;
    this._begun = true;
    return begun ? found : [];
  }

  private _alerts({ summary }: MonitorItem): News[] {
    const chunks = new Map<string, RungAlert[]>();
    for (const alert of summary.open.filter(({ id }) => this._isNew(id))) {
      chunks.set(alert.chunk, [...(chunks.get(alert.chunk) ?? []), alert]);
    }
    return [...chunks].map(([chunk, alerts]) => ({
      kind: 'alerts',
      monitor: summary.name,
      chunk,
      alerts
    }));
  }

  private _retraining({ summary }: MonitorItem): News[] {
    const { model, name, retraining } = summary;
    if (!retraining?.outcome || !this._isNew(`${name} ${retraining.fact}`)) {
      return [];
    }
    return [{ kind: 'retraining', monitor: name, model, retraining }];
  }

  private _isNew(id: string): boolean {
    const known = this._told.has(id);
    this._told.add(id);
    return !known;
  }

  private readonly _told = new Set<string>();
  private _begun = false;
}
