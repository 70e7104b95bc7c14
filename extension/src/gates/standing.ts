/** Where each model version stands: judged by which gate, waiting for whom, served by what. Sidebar and pages ask here. */
import { TranslationBundle } from '@jupyterlab/translation';
import { ISignal, Signal } from '@lumino/signaling';

import {
  ApprovalRequest,
  EndpointState,
  GateInfo,
  ModelVersion,
  ProjectInfo,
  VerdictHead
} from '../contract';
import { IChange } from '../live';
import { Resource } from '../ui/resource';

export interface IStandingSource {
  gates(signal?: AbortSignal): Promise<GateInfo[]>;
  approvals(signal?: AbortSignal): Promise<ApprovalRequest[]>;
  endpoints(signal?: AbortSignal): Promise<EndpointState[]>;
  project(signal?: AbortSignal): Promise<ProjectInfo>;
}

/** A version as its badge shows it. */
export interface IMark {
  verdict: VerdictHead | null;
  waiting: ApprovalRequest | null;
  served: EndpointState | null;
}

type Version = Pick<ModelVersion, 'name' | 'version'>;

export function isLiving(endpoint: EndpointState): boolean {
  return ['serving', 'silent', 'elsewhere'].includes(endpoint.state);
}

/** Who has approved a request so far. */
export function approvedBy(request: ApprovalRequest): string[] {
  return request.decisions.filter(one => one.approved).map(one => one.actor);
}

/** The mark in words, for screen readers and titles. */
export function markWords(mark: IMark, trans: TranslationBundle): string[] {
  const words: string[] = [];
  if (mark.served) {
    words.push(trans.__('served as %1', mark.served.ref));
  }
  if (mark.waiting) {
    words.push(trans.__('waits for approval'));
  } else if (mark.verdict) {
    words.push(mark.verdict.passed ? trans.__('gate passed') : trans.__('gate failed'));
  }
  return words;
}

export class Standing {
  constructor(source: IStandingSource, live: ISignal<unknown, IChange> | undefined) {
    this.gates = new Resource({
      load: signal => source.gates(signal),
      nouns: ['gate', 'model'],
      live
    });
    this.approvals = new Resource({
      load: signal => source.approvals(signal),
      nouns: ['model'],
      live
    });
    // Every point a run logs is a change of runs; that an endpoint came or went may be seen seconds later.
    this.endpoints = new Resource({
      load: signal => source.endpoints(signal),
      nouns: ['model'],
      live
    });
    this.project = new Resource({ load: signal => source.project(signal), nouns: [], live });
    this._all.forEach(resource => resource.changed.connect(() => this._changed.emit()));
  }

  readonly gates: Resource<GateInfo[]>;
  readonly approvals: Resource<ApprovalRequest[]>;
  readonly endpoints: Resource<EndpointState[]>;
  readonly project: Resource<ProjectInfo>;

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  set active(active: boolean) {
    this._all.forEach(resource => {
      resource.active = active;
    });
  }

  /** In whose name changes are recorded. */
  get user(): string {
    return this.project.value?.user ?? '';
  }

  get waiting(): ApprovalRequest[] {
    return (this.approvals.value ?? []).filter(one => one.state === 'waiting');
  }

  /** The gates of a model. */
  gatesOf(model: string): GateInfo[] {
    return (this.gates.value ?? []).filter(gate => gate.model === model);
  }

  /** All endpoints of a model, living or ended, the newest first. */
  endpointsOf(model: string): EndpointState[] {
    return (this.endpoints.value ?? []).filter(one => one.model === model);
  }

  mark({ name, version }: Version): IMark {
    const verdicts = this.gatesOf(name)
      .flatMap(gate => gate.judged)
      .filter(one => one.version === version);
    const [verdict = null] = verdicts.sort((a, b) => b.time - a.time);
    const waiting = this.waiting.find(one => one.model === name && one.version === version);
    const served = this.endpointsOf(name).find(one => isLiving(one) && one.version === version);
    return { verdict, waiting: waiting ?? null, served: served ?? null };
  }

  dispose(): void {
    this._all.forEach(resource => resource.dispose());
    Signal.clearData(this);
  }

  private get _all(): Resource<unknown>[] {
    return [this.gates, this.approvals, this.endpoints, this.project];
  }

  private readonly _changed = new Signal<this, void>(this);
}
