/** What the page of all gates and the page of one verdict know. */
import { ISignal, Signal } from '@lumino/signaling';

import { Client } from '../client';
import {
  AliasChange,
  ApprovalRequest,
  AuditLine,
  GateInfo,
  Verdict,
  VerdictHead,
  Verification
} from '../contract';
import { IChange } from '../live';
import { Resource } from '../ui/resource';
import { IStandingSource, Standing } from './standing';

/** Lines of the audit log, and verdicts, that are fetched. */
export const SHOWN = 200;

export interface IGatesSource extends IStandingSource {
  verdicts(limit: number, signal?: AbortSignal): Promise<VerdictHead[]>;
  audit(limit: number, signal?: AbortSignal): Promise<AuditLine[]>;
  verification(signal?: AbortSignal): Promise<Verification>;
}

/** A version a gate has to do with. */
export interface ICandidate {
  version: number;
  verdict: VerdictHead | null;
  /** Whether the guarded alias points at it. */
  isCurrent: boolean;
}

/** The versions to show below a gate, newest first: the newest, the one its alias points at, those judged last. */
export function candidates(gate: GateInfo, limit = 6): ICandidate[] {
  const judged = new Map(gate.judged.map(verdict => [verdict.version, verdict]));
  const always = [gate.newest, gate.current].filter(one => one !== null);
  const rest = gate.judged.map(verdict => verdict.version).filter(one => !always.includes(one));
  const shown = [...new Set([...always, ...rest])].slice(0, limit).sort((a, b) => b - a);
  return shown.map(version => ({
    version,
    verdict: judged.get(version) ?? null,
    isCurrent: version === gate.current
  }));
}

/** The version that rolling `alias` back leads to, or null; `history` in any order. As `benchbook.gates.rollback`. */
export function versionBefore(history: readonly AliasChange[], alias: string): number | null {
  const past: number[] = [];
  for (const change of [...history].sort((a, b) => a.time - b.time)) {
    if (change.alias !== alias) {
      continue;
    }
    if (change.kind === 'rollback') {
      past.pop();
    } else if (past.at(-1) !== change.version) {
      past.push(change.version);
    }
  }
  return past.at(-2) ?? null;
}

/** Whether `user` may approve a request now. */
export function mayApprove(request: ApprovalRequest, user: string): boolean {
  return request.state === 'waiting' && request.approvers.includes(user);
}

/** Whether `user` may reject a request now; the one who asked may withdraw it. */
export function mayReject(request: ApprovalRequest, user: string): boolean {
  return request.state === 'waiting' && [...request.approvers, request.actor].includes(user);
}

export class GatesModel {
  constructor(source: IGatesSource, live: ISignal<unknown, IChange> | undefined) {
    const nouns = ['gate', 'model', 'dataset'];
    this.standing = new Standing(source, live);
    this.verdicts = new Resource({
      load: signal => source.verdicts(SHOWN, signal),
      nouns: ['gate'],
      live
    });
    this.audit = new Resource({ load: signal => source.audit(SHOWN, signal), nouns, live });
    this.proof = new Resource({ load: signal => source.verification(signal), nouns, live });
    for (const part of [this.standing, this.verdicts, this.audit, this.proof]) {
      part.changed.connect(() => this._changed.emit());
    }
  }

  readonly standing: Standing;
  readonly verdicts: Resource<VerdictHead[]>;
  readonly audit: Resource<AuditLine[]>;
  readonly proof: Resource<Verification>;

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  set active(active: boolean) {
    this._active = active;
    this.standing.active = active;
    this.verdicts.active = active;
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

  dispose(): void {
    [this.standing, this.verdicts, this.audit, this.proof].forEach(part => part.dispose());
    Signal.clearData(this);
  }

  /** The log is fetched and proven only while it is read. */
  private _wake(): void {
    const read = this._active && this._tab === 'audit';
    this.audit.active = read;
    this.proof.active = read;
  }

  private readonly _changed = new Signal<this, void>(this);
  private _active = false;
  private _tab = 'gates';
}

export class VerdictModel {
  constructor(
    client: Client,
    live: ISignal<unknown, IChange> | undefined,
    readonly id: string
  ) {
    this.standing = new Standing(client, live);
    this.verdict = new Resource({ load: signal => client.verdict(id, signal), nouns: [] });
    this.standing.changed.connect(() => this._changed.emit());
    this.verdict.changed.connect(() => this._changed.emit());
  }

  readonly standing: Standing;
  readonly verdict: Resource<Verdict>;

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  set active(active: boolean) {
    this.standing.active = active;
    this.verdict.active = active;
  }

  /** The gate as it is now, if there still is one. */
  get gate(): GateInfo | null {
    const found = this.standing.gates.value?.find(one => one.name === this.verdict.value?.gate);
    return found ?? null;
  }

  /** The requests for approval that rest on this verdict, newest first. */
  get requests(): ApprovalRequest[] {
    const all = this.standing.approvals.value ?? [];
    return all.filter(one => one.verdict === this.verdict.value?.id);
  }

  /** The verdict of the same gate on the same version that came later, if there is one. */
  get later(): VerdictHead | null {
    const { value } = this.verdict;
    const newest = this.gate?.judged.find(one => one.version === value?.version);
    return newest && value && newest.id !== value.id ? newest : null;
  }

  dispose(): void {
    this.standing.dispose();
    this.verdict.dispose();
    Signal.clearData(this);
  }

  private readonly _changed = new Signal<this, void>(this);
}
