import { describe, expect, it } from 'vitest';

import { AliasChange, ApprovalRequest, GateInfo, VerdictHead } from '../contract';
import { candidates, mayApprove, mayReject, versionBefore } from './model';

function verdict(version: number, passed = true): VerdictHead {
  return { id: `v${version}`, version, passed } as unknown as VerdictHead;
}

function gate(fields: Partial<GateInfo>): GateInfo {
  return { name: 'release', newest: null, current: null, judged: [], ...fields } as GateInfo;
}

describe('the versions at a gate', () => {
  it('are the newest, the current and those judged last', () => {
    const shown = candidates(
      gate({ newest: 9, current: 2, judged: [verdict(7), verdict(2), verdict(5, false)] })
    );
    expect(shown.map(one => [one.version, one.verdict?.id ?? null, one.isCurrent])).toEqual([
      [9, null, false],
      [7, 'v7', false],
      [5, 'v5', false],
      [2, 'v2', true]
    ]);
  });

  it('never leave out the newest and the current, however many were judged', () => {
    const judged = [8, 7, 6, 5, 4, 3].map(one => verdict(one));
    const shown = candidates(gate({ newest: 9, current: 1, judged }), 4);
    expect(shown.map(one => one.version)).toEqual([9, 8, 7, 1]);
  });

  it('are none where nothing is registered', () => {
    expect(candidates(gate({}))).toEqual([]);
  });
});

describe('rolling back', () => {
  function history(...changes: [string, number, AliasChange['kind']][]): AliasChange[] {
    const all = changes.map(([alias, version, kind], time) => ({ alias, version, kind, time }));
    return all.reverse() as unknown as AliasChange[];
  }

  it('leads to the version before, and further when done again', () => {
    const moves: [string, number, AliasChange['kind']][] = [
      ['champion', 1, 'set_alias'],
      ['other', 9, 'set_alias'],
      ['champion', 2, 'promote'],
      ['champion', 3, 'promote']
    ];
    expect(versionBefore(history(...moves), 'champion')).toBe(2);
    expect(versionBefore(history(...moves, ['champion', 2, 'rollback']), 'champion')).toBe(1);
  });

  it('leads nowhere from the first', () => {
    expect(versionBefore(history(['champion', 1, 'promote']), 'champion')).toBeNull();
    expect(versionBefore([], 'champion')).toBeNull();
  });
});

describe('who may decide', () => {
  const request = {
    state: 'waiting',
    approvers: ['ann', 'ben'],
    actor: 'dan'
  } as unknown as ApprovalRequest;

  it('is an approver; who asked may only withdraw', () => {
    expect(['ann', 'dan', 'eve'].map(user => mayApprove(request, user))).toEqual([
      true,
      false,
      false
    ]);
    expect(['ann', 'dan', 'eve'].map(user => mayReject(request, user))).toEqual([
      true,
      true,
      false
    ]);
  });

  it('is nobody once it was decided', () => {
    const decided = { ...request, state: 'rejected' } as ApprovalRequest;
    expect([mayApprove(decided, 'ann'), mayReject(decided, 'dan')]).toEqual([false, false]);
  });
});
