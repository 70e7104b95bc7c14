import { nullTranslator } from '@jupyterlab/translation';
import { describe, expect, it } from 'vitest';

import { ApprovalRequest, EndpointState, GateInfo, VerdictHead } from '../contract';
import { approvedBy, isLiving, markWords, Standing } from './standing';

const trans = nullTranslator.load('benchbook');

function gate(name: string, ...judged: [number, boolean, number][]): GateInfo {
  const heads = judged.map(([version, passed, time]) => ({ version, passed, time }) as VerdictHead);
  return { name, model: 'delay', judged: heads } as unknown as GateInfo;
}

function request(version: number, state: ApprovalRequest['state']): ApprovalRequest {
  return { model: 'delay', version, state, decisions: [] } as unknown as ApprovalRequest;
}

function endpoint(version: number, state: EndpointState['state']): EndpointState {
  return { model: 'delay', ref: 'delay@champion', version, state } as unknown as EndpointState;
}

async function standing(): Promise<Standing> {
  const made = new Standing(
    {
      gates: async () => [gate('a', [1, true, 5], [2, false, 6]), gate('b', [2, true, 3])],
      approvals: async () => [request(1, 'rejected'), request(3, 'waiting')],
      endpoints: async () => [endpoint(1, 'serving'), endpoint(2, 'ended')],
      project: async () => ({ user: 'ada' }) as never
    },
    undefined
  );
  await Promise.all([made.gates.refresh(), made.approvals.refresh(), made.endpoints.refresh()]);
  return made;
}

describe('where a version stands', () => {
  it('is told in words: served, waiting, or what the newest verdict says', async () => {
    const made = await standing();
    const words = (version: number): string[] =>
      markWords(made.mark({ name: 'delay', version }), trans);
    expect([1, 2, 3, 4].map(words)).toEqual([
      ['served as delay@champion', 'gate passed'],
      ['gate failed'],
      ['waits for approval'],
      []
    ]);
  });

  it('is nothing for a model that no gate and no endpoint knows', async () => {
    const mark = (await standing()).mark({ name: 'churn', version: 1 });
    expect(mark).toEqual({ verdict: null, waiting: null, served: null });
  });

  it('counts what waits, and knows in whose name', async () => {
    const made = await standing();
    await made.project.refresh();
    expect([made.waiting.length, made.user]).toEqual([1, 'ada']);
  });
});

it('an endpoint that does not answer still lives; one that died does not', () => {
  const states = ['serving', 'silent', 'elsewhere', 'ended', 'failed'] as const;
  expect(states.filter(state => isLiving(endpoint(1, state)))).toEqual([
    'serving',
    'silent',
    'elsewhere'
  ]);
});

it('an approval counts, a rejection does not', () => {
  const decisions = [
    { actor: 'ann', approved: true },
    { actor: 'ben', approved: false }
  ];
  expect(approvedBy({ decisions } as unknown as ApprovalRequest)).toEqual(['ann']);
});
