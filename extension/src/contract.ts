/**
 * What the server answers and accepts. Generated from the Python records; do not edit:
 * `python -m benchbook_lab.contract extension/src/contract.ts` writes it anew.
 */

/** The event schema that `Changed` travels under. */
export const CHANGED_EVENT = 'https://benchbook.dev/events/changed';

export type AlertKind = 'drift' | 'estimate' | 'performance' | 'quality';

/** The ids of the alerts that were open and are closed now. */
export interface AlertsClosed {
  alerts: string[];
}

/** Who pointed which alias where, when and how: by hand, through a gate (or `forced` past it), or back. */
export interface AliasChange {
  alias: string;
  version: number;
  time: number;
  actor: string;
  kind: 'promote' | 'rollback' | 'set_alias';
  reason: string;
  forced: boolean;
}

/** A version took the monitored alias before chunk `before` was looked at; empty: after all of them. */
export interface AliasMark {
  version: number;
  time: number;
  actor: string;
  kind: 'promote' | 'rollback' | 'set_alias';
  reason: string;
  forced: boolean;
  before: string;
}

/** Point `alias` of a model at `version`. */
export interface AliasRequest {
  alias: string;
  version: number;
}

/** A promotion that waits for people, or waited. "stale": the alias has moved since, or a later request came. */
export interface ApprovalRequest {
  id: string;
  gate: string;
  model: string;
  alias: string;
  version: number;
  previous: number | null;
  verdict: string;
  state: 'promoted' | 'rejected' | 'stale' | 'waiting';
  approvers: string[];
  needed: number;
  reason: string;
  actor: string;
  time: number;
  decisions: Decision[];
}

/** A file a run logged: `path` inside the run, content id, bytes, media type. */
export interface Artifact {
  path: string;
  digest: string;
  size: number;
  media_type: string;
  time: number;
}

/** What one check of a gate asks, in words, and why. */
export interface AskedCheck {
  kind: string;
  asked: string;
  why: string;
}

/** One fact of the audit log in plain words; `verdict` is the one it records or rests on. */
export interface AuditLine {
  seq: number;
  id: string;
  time: number;
  actor: string;
  action: string;
  noun: string;
  name: string;
  sentence: string;
  forced: boolean;
  version: number | null;
  verdict: string | null;
}

/**
 * One bar of a plot: shares of the present values of each side, in [0, 1].
 *
 * `low` and `high` limit numbers and times (seconds since 1970) as (low, high], None being an open end; `label`
 * names a category.
 */
export interface Bar {
  label: string;
  low: number | null;
  high: number | null;
  reference: number;
  chunk: number;
}

/** One histogram bar: values in [low, high), the last bar closed. */
export interface Bin {
  low: number;
  high: number;
  count: number;
}

/** A category as text, cut where it is long, and its rows. */
export interface CategoryCount {
  value: string;
  count: number;
}

/** Data of a change event: a hint to go and ask. An empty `id` means several of that noun, or all. */
export interface Changed {
  noun: ChangedNoun;
  id: string;
  revision: string;
}

export type ChangedNoun = 'dataset' | 'gate' | 'model' | 'monitor' | 'project' | 'run';

/**
 * How one check of a gate came out: what was `asked` and what was `seen`, in words that stand alone.
 *
 * "waiting" is an approval that people must give; "error" means that it could not be computed, and `seen` says why.
 */
export interface CheckResult {
  kind:
    | 'approval'
    | 'card'
    | 'expectations'
    | 'fairness'
    | 'latency_ms'
    | 'metric'
    | 'notebook'
    | 'size_mb';
  status: CheckStatus;
  asked: string;
  seen: string;
  why: string;
  value: number | null;
  before: number | null;
  interval: Interval | null;
  groups: GroupValue[];
  details: string[];
  evidence: string[];
}

export type CheckStatus = 'error' | 'failed' | 'passed' | 'waiting';

/** What is shown of one chunk on the timeline; `alerts` rang in it, `open` of them wait for an answer. */
export interface ChunkPoint {
  id: string;
  data: string;
  rows: number;
  start: string;
  end: string;
  time: number;
  model: string;
  performance: [number, number, number] | null;
  estimate: [number, number, number] | null;
  baseline: number | null;
  multivariate: [number, number, number] | null;
  alerts: number;
  open: number;
  notes: string[];
}

/** Close the alerts of these ids, or all open ones, for a `reason`. */
export interface CloseRequest {
  reason: string;
  alerts?: string[] | null;
}

/** The code as it was: git commit and branch (None outside git), digest of the uncommitted diff, notebook source. */
export interface CodeState {
  commit: string | null;
  branch: string | null;
  dirty: boolean;
  diff: string | null;
  notebook: string;
  source: string | null;
}

/** Name and DuckDB type (`BIGINT`, `VARCHAR`, …) of one column. */
export interface Column {
  name: string;
  type: string;
}

/** How a column differs: `before`/`after` are types, None where the column is absent. */
export interface ColumnChange {
  name: string;
  before: string | null;
  after: string | null;
  changed_rows: number | null;
}

/**
 * How one column of a chunk differs from the reference; a statistic that is not defined here is None.
 *
 * NaN counts as missing. Distributions are compared over the values that are present and finite; shares of missing
 * and infinite values are of all rows.
 */
export interface ColumnDrift {
  name: string;
  kind: 'boolean' | 'number' | 'other' | 'text' | 'time';
  state: 'compared' | 'constant' | 'empty' | 'missing' | 'new' | 'other' | 'type' | 'vanished';
  reference_rows: number;
  chunk_rows: number;
  problem: string;
  js: number | null;
  psi: number | null;
  ks: number | null;
  ks_error: number;
  wasserstein: number | null;
  wasserstein_error: number;
  chi2: number | null;
  chi2_p: number | null;
  ks_p: number | null;
  p_value: number | null;
  missing_before: number | null;
  missing_after: number | null;
  infinite_before: number;
  infinite_after: number;
  out_of_range: number;
  new_categories: CategoryCount[];
  new_count: number;
  new_share: number;
  vanished_categories: CategoryCount[];
  vanished_count: number;
  bars: Bar[];
}

/**
 * One column in numbers. `kind` decides which fields are filled; `min`/`max` are text for time columns.
 *
 * NaN counts as missing. `mean`, `std`, `quantiles` and `histogram` are over the finite values.
 */
export interface ColumnProfile {
  name: string;
  type: string;
  kind: 'boolean' | 'number' | 'other' | 'text' | 'time';
  missing: number;
  distinct: number | null;
  min: unknown;
  max: unknown;
  mean: number | null;
  std: number | null;
  quantiles: number[];
  histogram: Bin[];
  top: TopValue[];
  distinct_exact: boolean;
  infinite: number;
}

/**
 * One column of one chunk beside the reference: statistics, both distributions, and the thresholds in force then.
 *
 * `kept` is false for observations made before thresholds were kept.
 */
export interface ColumnView {
  chunk: string;
  reference: string;
  column: ColumnDrift;
  thresholds: Threshold[];
  alerts: RungAlert[];
  kept: boolean;
  bound: string;
}

/**
 * Points of one metric of one run in order of logging; a long one is thinned to minimum and maximum per bucket.
 *
 * `total` is how many points there are.
 */
export interface Curve {
  run: string;
  key: string;
  steps: number[];
  values: MetricValue[];
  times: number[];
  total: number;
}

export type DataFormat = 'csv' | 'file' | 'folder' | 'parquet';

/** The page of one version: itself, its profile, its siblings and the runs around it. */
export interface DatasetDetail {
  version: DatasetVersion;
  profile: Profile | null;
  versions: DatasetVersion[];
  uses: VersionUse[];
}

/** What changed from `before` to `after`; row counts as multisets, or by `key` where one is given. */
export interface DatasetDiff {
  before: string;
  after: string;
  key: string[];
  columns: ColumnChange[];
  added: number;
  removed: number;
  changed: number | null;
  summary: string;
}

/** A dataset as lists show it: its newest version and how many there are. */
export interface DatasetSummary {
  name: string;
  latest: DatasetVersion;
  versions: number;
}

/** One immutable version of a dataset. `size` in bytes; `rows` is None where there are no columns. */
export interface DatasetVersion {
  name: string;
  version: number;
  digest: string;
  format: DataFormat;
  size: number;
  rows: number | null;
  columns: Column[];
  aliases: string[];
  created: number;
  actor: string;
  note: string;
  source: Source;
  profile: string | null;
}

/** What one person said to a request. */
export interface Decision {
  actor: string;
  approved: boolean;
  reason: string;
  time: number;
}

/** Approve or reject a promotion, and why. */
export interface DecisionRequest {
  reason?: string;
}

/** A dataset version the run that made the model had loaded. */
export interface Dependency {
  name: string;
  version: number;
}

/** How a CSV file is written. Empty `quote`, `escape` or format of dates: the file has none of its own. */
export interface Dialect {
  delimiter: string;
  quote: string;
  escape: string;
  newline: string;
  header: boolean;
  date: string;
  timestamp: string;
}

/**
 * One column over the chunks shown: its distance in each (None: not among the largest, or not compared), and
 * whether an alert rang there.
 */
export interface DriftRow {
  column: string;
  largest: number | null;
  values: (number | null)[];
  rung: boolean[];
}

/** What a caller needs: address, token, and a line for a shell that asks for one prediction. */
export interface EndpointAccess {
  url: string;
  token: string;
  curl: string;
}

/**
 * An endpoint, living or ended. "silent": its process is there and does not answer.
 *
 * `version` is what it serves, or served last, `since` then; `problem` tells why a newer one does not serve, or
 * what ended it. `url` is empty where it has ended, or serves for another user or from another machine.
 */
export interface EndpointState {
  run: string;
  ref: string;
  model: string;
  state: 'elsewhere' | 'ended' | 'failed' | 'serving' | 'silent';
  url: string;
  host: string;
  pid: number;
  started: number;
  ended: number | null;
  version: number | null;
  since: number;
  problem: string;
  predictions: number;
  latency: Latency | null;
}

/** Where the run ran: Python, platform, hardware (`memory` in bytes) and the digest of the full package list. */
export interface EnvironmentState {
  python: string;
  platform: string;
  machine: string;
  processor: string;
  cores: number;
  memory: number;
  packages: string;
  package_count: number;
  key_packages: Record<string, string>;
}

/**
 * What every refused request answers: what was wrong, the next step, the error's class, names that look alike.
 *
 * A promotion that its gate refuses (GateFailed) brings the verdict.
 */
export interface ErrorBody {
  message: string;
  hint: string;
  type: string;
  near?: string[];
  verdict?: unknown;
}

/** Let a gate judge `version` of its model, and record the verdict. */
export interface EvaluateRequest {
  version: number;
}

/** One input or output column: pandas dtype name, whether values were missing in the example, one example value. */
export interface Field {
  name: string;
  type: string;
  optional: boolean;
  example: unknown;
}

/**
 * A gate of `benchbook.yaml`. It guards `model`@`alias`, which points at `current` now.
 *
 * `needed` approvals of `approvers` complete a promotion, 0 where nobody is asked; `newest` is the model's
 * newest version; `judged` has the newest verdict of each version, the newest first.
 */
export interface GateInfo {
  name: string;
  model: string;
  alias: string;
  data: string | null;
  target: string | null;
  checks: AskedCheck[];
  approvers: string[];
  needed: number;
  by_another: boolean;
  current: number | null;
  newest: number | null;
  judged: VerdictHead[];
}

/** The verdict of the gate on a version that a retraining made. */
export interface GateWord {
  id: string;
  version: number;
  passed: boolean;
}

/** A fairness metric in one group of `rows` rows. */
export interface GroupValue {
  group: string;
  rows: number;
  value: number;
  interval: Interval;
}

/** A bootstrap interval; `high` None means one-sided. `units` were resampled `draws` times from `seed`. */
export interface Interval {
  low: number;
  high: number | null;
  confidence: number;
  draws: number;
  units: number;
  seed: number;
}

/** The 202 of a gate that is still being asked: ask `judgings/<id>` for what becomes of it, or end it there. */
export interface Judging {
  id: string;
  model: string;
  version: number;
  started: number;
}

/** Percentiles of the time from request to logged answer, in milliseconds. */
export interface Latency {
  p50: number;
  p95: number;
  p99: number;
}

/** A version a run used (input) or made (output). */
export interface Link {
  role: 'made' | 'used';
  noun: 'dataset' | 'model';
  name: string;
  version: number;
  digest: string;
  time: number;
}

/** One line a run logged as text. */
export interface LogLine {
  time: number;
  text: string;
}

/** What a look found: the chunks it observed, and how many alerts rang in them. */
export interface Looked {
  chunks: string[];
  alerts: number;
}

export type LoopMode = 'ask' | 'off' | 'on';

/** What a monitor does by itself while JupyterLab is open. */
export interface LoopRequest {
  loop: LoopMode;
}

/** One metric key of a run: its newest value, extremes (of finite values) and how many points there are. */
export interface MetricSummary {
  key: string;
  last: MetricValue;
  min: MetricValue | null;
  max: MetricValue | null;
  count: number;
  step: number | null;
  time: number;
}

export type MetricValue = number | '-inf' | 'inf' | 'nan';

/** The card of one version; `gaps` says what is not there yet and how to fill it. */
export interface ModelCard {
  ref: string;
  sections: Section[];
  gaps: string[];
}

/** The page of one version: itself, its siblings, the history of its aliases, the name and status of its run. */
export interface ModelDetail {
  version: ModelVersion;
  versions: ModelVersion[];
  alias_history: AliasChange[];
  run_name: string | null;
}

/** A model as lists show it: newest version, every version with an alias, and how many there are. */
export interface ModelSummary {
  name: string;
  latest: ModelVersion;
  aliased: ModelVersion[];
  versions: number;
}

/** One immutable version of a registered model. `size` in bytes; metrics and params are those of its run. */
export interface ModelVersion {
  name: string;
  version: number;
  digest: string;
  format: 'skops';
  size: number;
  estimator: string;
  signature: Signature | null;
  metrics: Record<string, unknown>;
  params: Record<string, unknown>;
  data: Dependency[];
  aliases: string[];
  run: string | null;
  created: number;
  actor: string;
  note: string;
  versions: Record<string, string>;
}

/** The page of a monitor, and what of it goes on in this server: its loop, and a retraining started by a click. */
export interface MonitorAnswer {
  page: MonitorPage;
  due: RetrainingDue | null;
  problem: string;
  looping: boolean;
  retraining: boolean;
}

/** A monitor in a list; `problem` says why its loop could not look the last time, and is empty if it could. */
export interface MonitorItem {
  summary: MonitorSummary;
  problem: string;
}

/** The timeline of a monitor: chunks `first` to `first + len(chunks)` of `total_chunks`, oldest first. */
export interface MonitorPage {
  name: string;
  model: string;
  alias: string;
  metric: string;
  higher_is_better: boolean;
  data: string;
  reference: string;
  target: string;
  max_drop: number;
  loop: LoopMode;
  pipeline: string;
  gate: string;
  asks: boolean;
  first: number;
  total_chunks: number;
  chunks: ChunkPoint[];
  total_columns: number;
  drift: DriftRow[];
  total_alerts: number;
  open_count: number;
  alerts: RungAlert[];
  total_retrainings: number;
  retrainings: Retraining[];
  verdicts: Record<string, GateWord[]>;
  promotions: AliasMark[];
  past: PastAccuracy | null;
  trouble: string[];
}

/** A monitor as lists show it, with its newest open alerts. */
export interface MonitorSummary {
  name: string;
  model: string;
  alias: string;
  metric: string;
  data: string;
  loop: LoopMode;
  chunks: number;
  latest: ChunkPoint | null;
  open_count: number;
  open: RungAlert[];
  retraining: Retraining | null;
}

/**
 * The notebook of a run as nbformat JSON, or null where none was kept or what was kept is none.
 *
 * `executed` tells a run's own copy with outputs from the source as it was; `cut` counts outputs left out for size.
 */
export interface NotebookAnswer {
  notebook: Record<string, unknown> | null;
  path: string;
  executed: boolean;
  cut: number;
}

/** One param: its newest value, and earlier ones (oldest first) when a cell was run again with another. */
export interface Param {
  key: string;
  value: unknown;
  history: unknown[];
}

/**
 * How good estimates turned out: `within` of `chunks` of them were at most `tolerance` from the truth.
 *
 * `error` is the mean distance, `bias` the mean of estimate minus truth, `inside` the share of truths in the
 * band.
 */
export interface PastAccuracy {
  chunks: number;
  within: number;
  tolerance: number;
  error: number;
  bias: number;
  inside: number;
}

/** A pipeline of `benchbook.yaml`, its steps in order; `error` says why it cannot be planned, or is empty. */
export interface PipelineInfo {
  name: string;
  steps: StepInfo[];
  params: Record<string, unknown>;
  error: string;
}

/** Start a pipeline with `params` in place of those of `benchbook.yaml`. */
export interface PipelineRequest {
  params?: Record<string, unknown>;
}

/** A pipeline run was started in the background; what it prints goes to `log`, a path inside the project. */
export interface PipelineStarted {
  run: string | null;
  started: boolean;
  log: string;
}

/** The columns of one version, over `rows` rows; `left_out` columns beyond the limit have no profile. */
export interface Profile {
  rows: number;
  columns: ColumnProfile[];
  left_out: number;
}

/** How far a step is: `done` of `total` cells. */
export interface Progress {
  done: number;
  total: number;
}

/**
 * The project this server shows. While `exists` is false there is none yet and `root` is where it would be made.
 *
 * `user` is who is named by what is recorded from here.
 */
export interface ProjectInfo {
  name: string;
  root: string;
  exists: boolean;
  revision: string;
  version: string;
  user: string;
}

/** Let the gate that guards `alias` decide whether it moves to `version`; `force` moves it anyway, for a reason. */
export interface PromoteRequest {
  version: number;
  alias: string;
  force?: boolean;
  reason?: string;
}

/** What became of it: the alias was "promoted" or rolled "back", "waiting" for approval, or "unchanged". */
export interface Promotion {
  state: 'back' | 'promoted' | 'unchanged' | 'waiting';
  model: string;
  alias: string;
  version: number;
  previous: number | null;
  sentence: string;
  forced: boolean;
  verdict: Verdict | null;
  request: ApprovalRequest | null;
  fact: string;
}

/** A retraining: why it was started, its run, and what the gate decided; later fields are None until then. */
export interface Retraining {
  fact: string;
  time: number;
  chunk: string;
  pipeline: string;
  params: Record<string, unknown>;
  alerts: string[];
  run: string | null;
  status: 'failed' | 'finished' | null;
  outcome: 'failed' | 'held' | 'promoted' | 'waiting' | null;
  version: number | null;
  reason: string;
}

/**
 * A retraining that could begin now: the chunk and the ids of the alerts that call for it.
 *
 * Where it has `begun` and not ended, it is under way, or its process was killed and it can be taken up.
 */
export interface RetrainingDue {
  chunk: string;
  alerts: string[];
  begun: boolean;
}

/** A retraining was started in the background; what it prints goes to `log`, a path inside the project. */
export interface RetrainingStarted {
  chunk: string;
  log: string;
}

/** Changes whenever anything was logged or recorded, or a writer died; empty while there is no project. */
export interface Revision {
  revision: string;
}

/** Point `alias` back at the version before. */
export interface RollbackRequest {
  alias: string;
  reason?: string;
}

/** Rows `offset` … of a version as JSON values (times as text), at most 1,000 a page. */
export interface RowPage {
  columns: Column[];
  rows: unknown[][];
  offset: number;
  total: number;
}

/** Everything known of one run. */
export interface Run {
  id: string;
  name: string;
  experiment: string;
  kind: RunKind;
  parent: string | null;
  status: RunStatus;
  started: number;
  ended: number | null;
  updated: number;
  user: string;
  host: string;
  pid: number;
  notebook: string;
  note: string;
  failure: RunFailure | null;
  progress: Progress | null;
  params: Param[];
  metrics: MetricSummary[];
  tags: Record<string, string>;
  artifacts: Artifact[];
  links: Link[];
  children: RunRow[];
  code: CodeState | null;
  environment: EnvironmentState | null;
  bad_lines: number;
}

/** Why a run failed. `cell` is the 1-based number of the code cell, where one is to blame. */
export interface RunFailure {
  type: string;
  message: string;
  traceback: string;
  notebook: string;
  cell: number | null;
}

export type RunKind = 'endpoint' | 'pipeline' | 'run' | 'step';

/** A slice of the list of runs and the true `total` that match. */
export interface RunPage {
  total: number;
  runs: RunRow[];
}

/** A run as lists show it. Times are seconds since the epoch (UTC), by the clock of the run's machine. */
export interface RunRow {
  id: string;
  name: string;
  experiment: string;
  kind: RunKind;
  parent: string | null;
  status: RunStatus;
  started: number;
  ended: number | null;
  updated: number;
  user: string;
  notebook: string;
  error: string | null;
  spark: Spark | null;
  progress: Progress | null;
  tags: Record<string, string>;
}

export type RunStatus = 'failed' | 'finished' | 'running';

/** An alert with its chunk and the moment it rang; `answer` says what closed it and is empty while it is open. */
export interface RungAlert {
  id: string;
  chunk: string;
  kind: AlertKind;
  message: string;
  column: string;
  value: number | null;
  limit: number | null;
  time: number;
  answer: string;
}

/** One part of a card: text, a table with `head`, or what is `missing`. */
export interface Section {
  title: string;
  text: string;
  head: string[];
  rows: string[][];
  missing: string;
}

/** Start an endpoint on this machine for `ref`, such as delay@champion. */
export interface ServeRequest {
  ref: string;
}

/** What a model takes and gives: input columns in order, outputs, and the `predict` method used. */
export interface Signature {
  inputs: Field[];
  outputs: Field[];
  method: string;
}

/**
 * Where a version came from: `kind` "frame", "file" or "folder"; `path` as given; notebook and run if any.
 *
 * `dialect` is how a CSV file was found to be written, so that it is read alike ever after.
 */
export interface Source {
  kind: 'file' | 'folder' | 'frame';
  path: string;
  notebook: string;
  run: string | null;
  dialect: Dialect | null;
}

/** The metric shown in a list: newest value and up to 32 points of its curve, oldest first. */
export interface Spark {
  key: string;
  last: MetricValue;
  points: MetricValue[];
}

/** Rows of a user's query as JSON values; `types` are DuckDB's; `truncated` when there were more than `limit`. */
export interface SqlAnswer {
  columns: string[];
  types: string[];
  rows: unknown[][];
  truncated: boolean;
}

/** One read-only SELECT over everything Benchbook knows; at most `limit` rows come back. */
export interface SqlRequest {
  sql: string;
  limit?: number;
}

/** One step of a pipeline: the steps it waits for, and the datasets and models it loads and saves. */
export interface StepInfo {
  name: string;
  notebook: string;
  after: string[];
  uses: string[];
  makes: string[];
}

/**
 * When to ring for one statistic of one column: above `value`.
 *
 * `value` is the larger of `null` (what chance alone stays under) and `floor` (what is too small to matter).
 */
export interface Threshold {
  column: string;
  statistic: 'infinite' | 'js' | 'missing' | 'new_categories' | 'out_of_range';
  value: number;
  null: number;
  floor: number;
  chunk_rows: number;
}

/** A frequent value, as text, and its rows. */
export interface TopValue {
  value: string;
  count: number;
}

/**
 * What a gate says of one version. `id` is that of its fact, empty where it was only asked for.
 *
 * `against` is the version the alias pointed at then; `gate_digest` is the content id of all that was asked.
 */
export interface Verdict {
  gate: string;
  model: string;
  version: number;
  alias: string;
  against: number | null;
  data: string | null;
  data_digest: string | null;
  gate_digest: string;
  passed: boolean;
  sentence: string;
  checks: CheckResult[];
  time: number;
  actor: string;
  id: string;
}

/** A verdict as lists show it, without its checks. */
export interface VerdictHead {
  id: string;
  gate: string;
  model: string;
  version: number;
  alias: string;
  against: number | null;
  passed: boolean;
  sentence: string;
  time: number;
  actor: string;
}

/** Whether the chain of facts holds; where it does not, `line` is the first bad line of the ledger (from 1). */
export interface Verification {
  ok: boolean;
  facts: number;
  line: number | null;
  message: string;
  hint: string;
}

/** A run that used or made a version. */
export interface VersionUse {
  role: 'made' | 'used';
  run: string;
  run_name: string;
  time: number;
}
