/** What a run page knows: the run itself, and its curves, notebook and log while these are looked at. */
import { ISignal, Signal } from '@lumino/signaling';

import { Client, IExecutedNotebook } from '../client';
import { Artifact, Curve, LogLine, MetricSummary, Param, Run } from '../contract';
import { IChange } from '../live';
import { exactValue } from '../ui/format';
import { Resource } from '../ui/resource';
import { Artifacts } from './artifacts';

/** Points fetched for a curve: about two a pixel of a chart. */
const POINTS = 600;
/** Charts drawn before "show all" is asked for. */
export const FIRST_CURVES = 12;

/** Metrics in the order of the page: the primary one first, then as logged. */
export function orderMetrics(
  metrics: readonly MetricSummary[],
  primary: string | null
): MetricSummary[] {
  return [...metrics].sort((a, b) => Number(b.key === primary) - Number(a.key === primary));
}

/** Whether a metric has more than one point, and so a curve, a lowest and a highest. */
export function hasCourse(metric: MetricSummary): boolean {
  return metric.count > 1;
}

export function curveKeys(metrics: readonly MetricSummary[]): string[] {
  return metrics.filter(hasCourse).map(metric => metric.key);
}

const IMAGES = new Map([
  ['image/png', 'image/png'],
  ['image/jpeg', 'image/jpeg'],
  ['image/gif', 'image/gif'],
  ['image/svg+xml', 'image/svg+xml']
]);

/** The media type under which an artifact may be shown as a picture, or null. */
export function imageType(artifact: Artifact): string | null {
  return IMAGES.get(artifact.media_type.split(';')[0].trim().toLowerCase()) ?? null;
}

/** The values a param had before, oldest first, without those that changed nothing. */
export function earlierValues(param: Param): unknown[] {
  const course = [...param.history, param.value].map(exactValue);
  return param.history.filter((_, at) => course[at] !== course[at + 1]);
}

/** A run's notebook, or empty when it was started by a script. */
export function notebookOf(run: Run): string {
  return run.notebook.endsWith('.ipynb') ? run.notebook : '';
}

/** A traceback without the terminal's colours. */
export function plainTraceback(text: string): string {
  // eslint-disable-next-line no-control-regex -- ANSI colours begin with the escape character.
  return text.replace(/\u001b\[[0-9;]*[A-Za-z]/g, '');
}

export class RunDetail {
  constructor(
    client: Client,
    live: ISignal<unknown, IChange>,
    readonly id: string
  ) {
    this.run = new Resource<Run>({ load: signal => client.run(id, signal), nouns: ['run'], live });
    this.curves = new Resource<Curve[]>({
      load: signal => client.curves(id, this.shownCurves, POINTS, signal),
      nouns: ['run'],
      live
    });
    this.notebook = new Resource<IExecutedNotebook>({
      load: signal => client.notebook(id, signal),
      nouns: ['run'],
      live
    });
    this.log = new Resource<LogLine[]>({
      load: signal => client.log(id, signal),
      nouns: ['run'],
      live
    });
    this.artifacts = new Artifacts(client, id);
    this.run.changed.connect(this._onRun, this);
  }

  readonly run: Resource<Run>;
  readonly curves: Resource<Curve[]>;
  readonly notebook: Resource<IExecutedNotebook>;
  readonly log: Resource<LogLine[]>;
  readonly artifacts: Artifacts;

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  set active(active: boolean) {
    this._active = active;
    this._wake();
  }

  get tab(): string {
    return this._tab;
  }

  set tab(tab: string) {
    this._tab = tab;
    this._wake();
    this._changed.emit();
  }

  /** The keys whose curves are drawn. */
  get shownCurves(): string[] {
    const keys = curveKeys(this.run.value?.metrics ?? []);
    return this._allCurves ? keys : keys.slice(0, FIRST_CURVES);
  }

  showAllCurves(): void {
    this._allCurves = true;
    void this.curves.refresh();
  }

  refresh(): void {
    void this.run.refresh();
  }

  dispose(): void {
    [this.run, this.curves, this.notebook, this.log, this.artifacts].forEach(part =>
      part.dispose()
    );
    Signal.clearData(this);
  }

  /** Only what is looked at follows the project. */
  private _wake(): void {
    this.run.active = this._active;
    this.curves.active = this._active && this._tab === 'overview' && this.shownCurves.length > 0;
    this.notebook.active = this._active && this._tab === 'notebook' && this._isOver;
    this.log.active = this._active && this._tab === 'log';
  }

  private get _isOver(): boolean {
    return this.run.value !== undefined && this.run.value.status !== 'running';
  }

  private _onRun(): void {
    const keys = this.shownCurves.join('\n');
    if (keys !== this._drawn) {
      this._drawn = keys;
      void this._refreshCurves();
    }
    this._wake();
    this._changed.emit();
  }

  private async _refreshCurves(): Promise<void> {
    if (this._active && this.shownCurves.length > 0) {
      await this.curves.refresh();
    }
  }

  private readonly _changed = new Signal<this, void>(this);
  private _active = false;
  private _tab = 'overview';
  private _allCurves = false;
  private _drawn = '';
}
