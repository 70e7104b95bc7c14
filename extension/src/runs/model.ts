/** The runs a sidebar lists: which are asked for, how they are grouped, what is unfolded and selected. */
import { TranslationBundle } from '@jupyterlab/translation';
import { ISignal, Signal } from '@lumino/signaling';

import { IRunQuery } from '../client';
import { RunPage, RunRow } from '../contract';
import { IChange } from '../live';
import { day, number } from '../ui/format';
import { Resource } from '../ui/resource';
import { ITreeGroup, ITreeItem } from '../ui/tree';

/** Whether a filter is an expression for the server ("metrics.auc > 0.7") rather than words to look for. */
export function isExpression(text: string): boolean {
  return /[<>=]|!=|\b(like|ilike|in|is)\b/i.test(text);
}

/** The most runs the server gives at once. */
const SERVER_LIMIT = 1_000;

/** Words as a condition for the server, which searches what was not fetched. */
function wordsAsExpression(text: string): string {
  const words = text.trim().split(/\s+/).filter(Boolean);
  const conditions = words.map(word => {
    const like = `ILIKE '%${word.replace(/'/g, "''")}%'`;
    const fields = ['name', 'experiment', 'notebook', 'status'];
    return `(${fields.map(field => `${field} ${like}`).join(' OR ')})`;
  });
  return conditions.join(' AND ');
}

function haystack(row: RunRow): string {
  const tags = Object.entries(row.tags).map(([key, value]) => `${key}=${value}`);
  return [
    row.name,
    row.experiment,
    row.notebook,
    row.status,
    row.user,
    row.error ?? '',
    row.id,
    ...tags
  ]
    .join('\n')
    .toLowerCase();
}

/** Whether every word of `text` stands somewhere in the row. */
export function matches(row: RunRow, text: string): boolean {
  const hay = haystack(row);
  return text
    .toLowerCase()
    .split(/\s+/)
    .every(word => hay.includes(word));
}

/** The runs of a page as a forest: children oldest first under their parent, where the parent is known. */
export interface IBranch {
  row: RunRow;
  children: IBranch[];
}

export function forest(rows: readonly RunRow[]): IBranch[] {
  const branches = new Map(rows.map(row => [row.id, { row, children: [] as IBranch[] }]));
  const roots: IBranch[] = [];
  for (const branch of branches.values()) {
    const parent = branches.get(branch.row.parent ?? '');
    if (parent && parent !== branch) {
      parent.children.unshift(branch);
    } else {
      roots.push(branch);
    }
  }
  return roots;
}

/** The branches that match, or hold a match, or lie under one. */
export function prune(branches: IBranch[], text: string): IBranch[] {
  if (text.trim() === '') {
    return branches;
  }
  return branches.flatMap(branch => {
    if (matches(branch.row, text.trim())) {
      return [branch];
    }
    const children = prune(branch.children, text);
    return children.length > 0 ? [{ row: branch.row, children }] : [];
  });
}

/** A run as a sentence, for screen readers. */
export function sentence(row: RunRow, trans: TranslationBundle): string {
  const words: Record<RunRow['status'], string> = {
    running: trans.__('running'),
    finished: trans.__('finished'),
    failed: trans.__('failed')
  };
  const parts = [row.name, words[row.status]];
  if (row.error) {
    parts.push(row.error);
  } else if (row.spark) {
    parts.push(`${row.spark.key} ${number(row.spark.last)}`);
  }
  return parts.join(', ');
}

/** Collapses a burst of calls into one after `wait` milliseconds. */
function debounce(run: () => void, wait: number): { call: () => void; stop: () => void } {
  let timer: ReturnType<typeof setTimeout> | undefined;
  return {
    call: () => {
      clearTimeout(timer);
      timer = setTimeout(run, wait);
    },
    stop: () => clearTimeout(timer)
  };
}

/** What a person chose that concerns lists of runs. */
export interface IRunsSettings {
  readonly pageSize: number;
  readonly primaryMetrics: ReadonlyMap<string, string>;
}

/** `page`, with each run of an experiment that has a primary metric as `byMetric` shows it. */
export function withPrimary(
  page: RunPage,
  byMetric: ReadonlyMap<string, RunPage>,
  primary: ReadonlyMap<string, string>
): RunPage {
  const rows = new Map(
    [...byMetric].map(([metric, { runs }]) => [metric, new Map(runs.map(row => [row.id, row]))])
  );
  const choose = (row: RunRow): RunRow =>
    rows.get(primary.get(row.experiment) ?? '')?.get(row.id) ?? row;
  return { ...page, runs: page.runs.map(choose) };
}

export interface IRunsSource {
  runs(query: IRunQuery, signal?: AbortSignal): Promise<RunPage>;
}

export class RunsModel {
  constructor(
    private readonly _source: IRunsSource,
    live: ISignal<unknown, IChange> | undefined,
    private readonly _settings: IRunsSettings
  ) {
    this._limit = _settings.pageSize;
    this.page = new Resource({ load: signal => this._load(signal), nouns: ['run'], live });
    this.page.changed.connect(() => this._changed.emit());
  }

  readonly page: Resource<RunPage>;

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  set active(active: boolean) {
    this.page.active = active;
  }

  get filter(): string {
    return this._filter;
  }

  /** Counts the filters that did not come from the box, so that the box can follow them. */
  get filterSets(): number {
    return this._filterSets;
  }

  /** Filter by what a person types. */
  set filter(text: string) {
    const asked = this._expression;
    this._filter = text;
    this._changed.emit();
    if (asked !== this._expression) {
      this._soon.call();
    }
  }

  /** Filter by what a command says. */
  showFilter(text: string): void {
    this._filterSets += 1;
    this.filter = text;
  }

  /** Whether rows are hidden by the filter or left out by the page size. */
  get hasMore(): boolean {
    const page = this.page.value;
    return page !== undefined && page.runs.length < page.total && this._limit < SERVER_LIMIT;
  }

  /** Fetch the next page as well. */
  more(): void {
    this._limit = Math.min(SERVER_LIMIT, this._limit + this._settings.pageSize);
    void this.page.refresh();
  }

  get selected(): ReadonlySet<string> {
    return this._selected;
  }

  toggleSelected(id: string): void {
    const next = new Set(this._selected);
    if (!next.delete(id)) {
      next.add(id);
    }
    this._selected = next;
    this._changed.emit();
  }

  clearSelected(): void {
    this._selected = new Set();
    this._changed.emit();
  }

  setExpanded(id: string, expanded: boolean): void {
    this._expanded.set(id, expanded);
    this._changed.emit();
  }

  /** The list as it is drawn: by day, parents before their children. */
  groups(now: number, trans: TranslationBundle): ITreeGroup<RunRow>[] {
    const rows = this.page.value?.runs ?? [];
    const words = isExpression(this._filter) ? '' : this._filter;
    const groups = new Map<string, ITreeItem<RunRow>[]>();
    for (const branch of prune(forest(rows), words)) {
      const title = day(branch.row.started, now, trans);
      const items = groups.get(title) ?? [];
      groups.set(title, [...items, ...this._flatten(branch, 1, trans)]);
    }
    return [...groups].map(([title, items]) => ({ title, items }));
  }

  dispose(): void {
    this._soon.stop();
    this.page.dispose();
    Signal.clearData(this);
  }

  private _flatten(branch: IBranch, level: number, trans: TranslationBundle): ITreeItem<RunRow>[] {
    const { row, children } = branch;
    const item = { key: row.id, level, label: sentence(row, trans), item: row };
    if (children.length === 0) {
      return [item];
    }
    const expanded = this._isExpanded(row);
    const below = expanded ? children.flatMap(child => this._flatten(child, level + 1, trans)) : [];
    return [{ ...item, expanded }, ...below];
  }

  /** Decided once for a run, so that the list does not fold under somebody's eyes: the newest pipelines are open. */
  private _isExpanded(row: RunRow): boolean {
    const known = this._expanded.get(row.id);
    if (known !== undefined) {
      return known;
    }
    const expanded = row.status !== 'finished' || this._expanded.size < 2;
    this._expanded.set(row.id, expanded);
    return expanded;
  }

  private get _expression(): string {
    if (isExpression(this._filter)) {
      return this._filter.trim();
    }
    return this._isPart ? wordsAsExpression(this._filter) : '';
  }

  private async _load(signal: AbortSignal): Promise<RunPage> {
    const filter = this._expression;
    const query = { filter, limit: this._limit };
    const primary = this._settings.primaryMetrics;
    const metrics = [...new Set(primary.values())];
    const [page, ...pages] = await Promise.all([
      this._source.runs(query, signal),
      ...metrics.map(metric => this._source.runs({ ...query, metric }, signal))
    ]);
    this._isPart = filter === '' ? page.runs.length < page.total : this._isPart;
    return withPrimary(page, new Map(metrics.map((metric, at) => [metric, pages[at]])), primary);
  }

  private readonly _changed = new Signal<this, void>(this);
  private readonly _expanded = new Map<string, boolean>();
  private readonly _soon = debounce(() => void this.page.refresh(), 250);
  private _selected: ReadonlySet<string> = new Set();
  private _filter = '';
  /** Whether the project holds more runs than were fetched without a filter. */
  private _isPart = false;
  private _filterSets = 0;
  private _limit: number;
}
