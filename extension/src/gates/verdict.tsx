/** The page of one verdict: the decision as a sentence, who must still say yes, and one row a check. */
import * as React from 'react';

import { ApprovalRequest, CheckResult, GroupValue, Interval, Verdict } from '../contract';
import { useBench, useChanges } from '../ui/bench';
import { RefChip } from '../ui/chip';
import { IdChip } from '../ui/copy';
import * as format from '../ui/format';
import { Action, Fact, PageHeader, Section } from '../ui/page';
import { Ago, Num } from '../ui/parts';
import { ErrorBox, Skeleton, Working } from '../ui/states';
import { Table } from '../ui/table';
import { UnderWay } from '../ui/tasks';
import { mayApprove, mayReject, VerdictModel } from './model';
import { Mark } from './parts';
import { approvedBy } from './standing';

export function VerdictPage(props: { model: VerdictModel }): JSX.Element {
  const { model } = props;
  useChanges(model);
  const { error, loading, value } = model.verdict;
  return (
    <div className="bb-Page">
      <Working busy={loading && value === undefined} />
      <UnderWay />
      {error && <ErrorBox error={error} onRetry={() => void model.verdict.refresh()} />}
      {value ? <Loaded model={model} verdict={value} /> : !error && <Skeleton lines={10} />}
    </div>
  );
}

function Loaded(props: { model: VerdictModel; verdict: Verdict }): JSX.Element {
  const { trans } = useBench();
  const { model, verdict } = props;
  return (
    <>
      <PageHeader
        kind={trans.__('Verdict of the gate %1', verdict.gate)}
        title={`${verdict.model}:${verdict.version}`}
        mark={<Mark look={verdict.passed ? 'passed' : 'failed'} />}
        actions={<Actions model={model} verdict={verdict} />}
      >
        <p className="bb-Decision" data-passed={verdict.passed}>
          {verdict.sentence}
        </p>
        <Facts verdict={verdict} />
      </PageHeader>
      <Later model={model} />
      {model.requests.map(request => (
        <Request key={request.id} request={request} user={model.standing.user} />
      ))}
      <Section title={trans.__('Checks')} count={verdict.checks.length}>
        <Checks checks={verdict.checks} />
      </Section>
    </>
  );
}

function Facts(props: { verdict: Verdict }): JSX.Element {
  const { trans } = useBench();
  const { verdict } = props;
  const { against, model: name } = verdict;
  return (
    <>
      <Fact label={trans.__('judged')}>
        <RefChip to={{ noun: 'model', name, version: verdict.version }} />
      </Fact>
      <Fact label={trans.__('to become')}>
        <span className="bb-Flag">{verdict.alias}</span>
      </Fact>
      {against !== null && (
        <Fact label={trans.__('in place of')}>
          <RefChip to={{ noun: 'model', name, version: against }} />
        </Fact>
      )}
      {verdict.data && (
        <Fact label={trans.__('on')}>
          <DataChip data={verdict.data} />
        </Fact>
      )}
      <Fact label={trans.__('when')}>
        <Ago time={verdict.time} />
      </Fact>
      <Fact label={trans.__('by')}>{verdict.actor}</Fact>
      <Fact label={trans.__('verdict')}>
        <IdChip id={verdict.id} />
      </Fact>
    </>
  );
}

/** `evaluation:3` as a chip. */
function DataChip(props: { data: string }): JSX.Element {
  const [name, version] = props.data.split(':');
  return <RefChip to={{ noun: 'dataset', name, version: Number(version) }} />;
}

function Actions(props: { model: VerdictModel; verdict: Verdict }): JSX.Element | null {
  const { commands, trans } = useBench();
  const { gate } = props.model;
  const { alias, model: name, version } = props.verdict;
  if (gate === null) {
    return null;
  }
  const isThere = gate.current === version;
  return (
    <>
      <Action
        label={trans.__('Ask again')}
        title={trans.__('Let the gate judge this version as things are now')}
        onClick={() => void commands.execute('benchbook:evaluate-gate', { name, version, alias })}
      />
      <Action
        label={trans.__('Promote…')}
        title={isThere ? trans.__('%1 points at this version already', alias) : undefined}
        disabled={isThere}
        onClick={() => void commands.execute('benchbook:promote', { name, version, alias })}
      />
    </>
  );
}

function Later(props: { model: VerdictModel }): JSX.Element | null {
  const { commands, trans } = useBench();
  const { later } = props.model;
  return later ? (
    <p className="bb-Warning">
      {later.passed
        ? trans.__('Asked again later, this version passed.')
        : trans.__('Asked again later, this version did not pass.')}{' '}
      <button
        type="button"
        className="bb-Link"
        onClick={() => void commands.execute('benchbook:open-verdict', { id: later.id })}
      >
        {trans.__('Open that verdict')}
      </button>
    </p>
  ) : null;
}

function useRequestSentence(request: ApprovalRequest): string {
  const { trans } = useBench();
  const given = approvedBy(request).length;
  const left = request.approvers.filter(name => !approvedBy(request).includes(name)).join(', ');
  const words: Record<ApprovalRequest['state'], string> = {
    waiting: trans.__(
      'Waits for approval: %1 of %2 given; may approve: %3.',
      given,
      request.needed,
      left
    ),
    promoted: trans.__('The alias has moved.'),
    rejected: trans.__('The alias stays where it was.'),
    stale: trans.__('No longer asked for: the alias has moved since, or it was asked for again.')
  };
  return words[request.state];
}

/** A request for approval that rests on this verdict, and what people said to it. */
export function Request(props: { request: ApprovalRequest; user: string }): JSX.Element {
  const { trans } = useBench();
  const { request, user } = props;
  const sentence = useRequestSentence(request);
  return (
    <section className="bb-Request" data-state={request.state} aria-label={trans.__('Approval')}>
      <div className="bb-Request-head">
        <RequestMark request={request} />
        <span className="bb-grow">{sentence}</span>
        {request.state === 'waiting' && <Decide request={request} user={user} />}
      </div>
      <p className="bb-Quiet">
        {trans.__('Asked by %1', request.actor)} <Ago time={request.time} />
        {request.reason && `: ${request.reason}`}
      </p>
      {request.decisions.map(one => (
        <p key={`${one.actor} ${one.time}`}>
          <Mark
            look={one.approved ? 'passed' : 'failed'}
            word={
              one.approved
                ? trans.__('%1 approved', one.actor)
                : trans.__('%1 rejected it', one.actor)
            }
          />{' '}
          <Ago time={one.time} />
          {one.reason && `: ${one.reason}`}
        </p>
      ))}
    </section>
  );
}

function RequestMark(props: { request: ApprovalRequest }): JSX.Element {
  const { trans } = useBench();
  const { state } = props.request;
  const looks = { waiting: 'waiting', promoted: 'passed', rejected: 'failed', stale: 'waiting' };
  const words = {
    waiting: trans.__('waits'),
    promoted: trans.__('approved'),
    rejected: trans.__('rejected'),
    stale: trans.__('stale')
  };
  return <Mark look={looks[state] as 'waiting'} word={words[state]} />;
}

/** The two answers; greyed for those whose word does not count, with the reason in the title. */
export function Decide(props: { request: ApprovalRequest; user: string }): JSX.Element {
  const { commands, trans } = useBench();
  const { request, user } = props;
  const only = trans.__('You are %1; the gate asks %2.', user, request.approvers.join(', '));
  const [yes, no] = [mayApprove(request, user), mayReject(request, user)];
  const args = { request: request.id };
  return (
    <span className="bb-Actions">
      <Action
        label={trans.__('Approve…')}
        title={yes ? undefined : only}
        disabled={!yes}
        onClick={() => void commands.execute('benchbook:approve', args)}
      />
      <Action
        label={trans.__('Reject…')}
        title={no ? undefined : only}
        disabled={!no}
        onClick={() => void commands.execute('benchbook:reject', args)}
      />
    </span>
  );
}

function Checks(props: { checks: CheckResult[] }): JSX.Element {
  const { trans } = useBench();
  return (
    <table className="bb-Checks">
      <caption className="bb-hidden">{trans.__('Checks')}</caption>
      <thead>
        <tr>
          <th scope="col">{trans.__('Result')}</th>
          <th scope="col">{trans.__('Asked')}</th>
          <th scope="col">{trans.__('Seen')}</th>
        </tr>
      </thead>
      <tbody>
        {props.checks.map((check, at) => (
          <Check key={at} check={check} />
        ))}
      </tbody>
    </table>
  );
}

function Check(props: { check: CheckResult }): JSX.Element {
  const { check } = props;
  return (
    <tr data-status={check.status}>
      <td>
        <Mark look={check.status} />
      </td>
      <td>
        {check.asked}
        {check.why && <div className="bb-Quiet">{check.why}</div>}
      </td>
      <td>
        {check.seen}
        {check.details.map((line, at) => (
          <div key={at} className="bb-Quiet">
            {line}
          </div>
        ))}
        {check.groups.length > 0 && <Groups groups={check.groups} />}
        {check.evidence.length > 0 && <Evidence ids={check.evidence} />}
      </td>
    </tr>
  );
}

function Evidence(props: { ids: string[] }): JSX.Element {
  const { trans } = useBench();
  return (
    <div className="bb-ChipList">
      <span className="bb-Quiet">{trans.__('evidence')}</span>
      {props.ids.map(id => (
        <IdChip key={id} id={id} />
      ))}
    </div>
  );
}

function bounds(interval: Interval): string {
  const low = format.number(interval.low);
  return interval.high === null ? `≥ ${low}` : `${low} … ${format.number(interval.high)}`;
}

/** The span that all intervals share, so that their bars can be compared. */
function span(groups: GroupValue[]): [number, number] {
  const lows = groups.map(group => Math.min(group.interval.low, group.value));
  const highs = groups.map(group => Math.max(group.interval.high ?? group.value, group.value));
  return [Math.min(...lows), Math.max(...highs)];
}

function Groups(props: { groups: GroupValue[] }): JSX.Element {
  const { trans } = useBench();
  const range = span(props.groups);
  return (
    <Table<GroupValue>
      caption={trans.__('By group')}
      rows={props.groups}
      keyOf={group => group.group}
      columns={[
        { title: trans.__('Group'), cell: group => <span title={group.group}>{group.group}</span> },
        { title: trans.__('Rows'), numeric: true, cell: group => <Num value={group.rows} /> },
        { title: trans.__('Value'), numeric: true, cell: group => <Num value={group.value} /> },
        {
          title: trans.__('95 % interval'),
          cell: group => (
            <span className="bb-Interval">
              <IntervalBar group={group} range={range} />
              <span className="bb-Num">{bounds(group.interval)}</span>
            </span>
          )
        }
      ]}
    />
  );
}

/** The interval as a line and the value as a dot, on the scale of all groups. */
function IntervalBar(props: { group: GroupValue; range: [number, number] }): JSX.Element {
  const { interval, value } = props.group;
  const [low, high] = props.range;
  const at = (one: number): number => 4 + (72 * (one - low)) / (high - low || 1);
  return (
    <svg width="80" height="14" aria-hidden="true">
      <line x1={at(interval.low)} x2={at(interval.high ?? value)} y1="7" y2="7" />
      <circle cx={at(value)} cy="7" r="3" />
    </svg>
  );
}
