/** The page of all gates: what each asks and last said, what waits for approval, the verdicts, and the audit log. */
import * as React from 'react';

import { ApprovalRequest, GateInfo, VerdictHead } from '../contract';
import { useBench, useChanges } from '../ui/bench';
import { RefChip } from '../ui/chip';
import { Action, Fact, PageHeader, Section } from '../ui/page';
import { Ago } from '../ui/parts';
import { Empty, ErrorBox, Skeleton, Working } from '../ui/states';
import { ITableColumn, Table } from '../ui/table';
import { ITab, Tabs } from '../ui/tabs';
import { UnderWay } from '../ui/tasks';
import { AuditTab } from './audit';
import { candidates, GatesModel, ICandidate } from './model';
import { Mark, VerdictLink } from './parts';
import { Request } from './verdict';

const FIRST_GATE = `gates:
  release:
    model: delay
    data: evaluation
    target: late
    checks:
      - {metric: roc_auc, min: 0.6}`;

export function GatesPage(props: { model: GatesModel }): JSX.Element {
  const { trans } = useBench();
  const { model } = props;
  useChanges(model);
  const { gates } = model.standing;
  return (
    <div className="bb-Page">
      <Working busy={gates.loading && gates.value === undefined} />
      <PageHeader kind={trans.__('What a model must pass')} title={trans.__('Gates')} />
      <UnderWay />
      <Tabs
        label={trans.__('Parts of the gates')}
        current={model.tab}
        tabs={useTabs(model)}
        onSelect={tab => {
          model.tab = tab;
        }}
      />
    </div>
  );
}

function useTabs(model: GatesModel): ITab[] {
  const { trans } = useBench();
  const { standing } = model;
  const requests = standing.approvals.value ?? [];
  return [
    {
      id: 'gates',
      label: trans.__('Gates'),
      count: standing.gates.value?.length,
      render: () => <GatesTab model={model} />
    },
    {
      id: 'approvals',
      label: trans.__('Approvals'),
      badge: standing.waiting.length,
      disabled: requests.length === 0,
      render: () => <ApprovalsTab requests={requests} user={standing.user} />
    },
    {
      id: 'verdicts',
      label: trans.__('Verdicts'),
      count: model.verdicts.value?.length,
      disabled: !model.verdicts.value?.length,
      render: () => <VerdictTable verdicts={model.verdicts.value ?? []} />
    },
    { id: 'audit', label: trans.__('Audit log'), render: () => <AuditTab model={model} /> }
  ];
}

function GatesTab(props: { model: GatesModel }): JSX.Element {
  const { trans } = useBench();
  const { approvals, gates } = props.model.standing;
  const error = gates.error ?? approvals.error;
  if (error) {
    return <ErrorBox error={error} onRetry={() => void gates.refresh()} />;
  }
  if (!gates.value) {
    return <Skeleton lines={8} />;
  }
  return gates.value.length > 0 ? (
    <>
      {gates.value.map(gate => (
        <Gate key={gate.name} gate={gate} waiting={props.model.standing.waiting} />
      ))}
    </>
  ) : (
    <Empty
      sentence={trans.__(
        'A gate says what a model version must pass before an alias moves to it. Write one in benchbook.yaml:'
      )}
      code={FIRST_GATE}
    />
  );
}

function Gate(props: { gate: GateInfo; waiting: ApprovalRequest[] }): JSX.Element {
  const { trans } = useBench();
  const { gate } = props;
  return (
    <Section title={gate.name}>
      <GateFacts gate={gate} />
      <div className="bb-GateColumns">
        <Candidates {...props} />
        <ul className="bb-AskedChecks" aria-label={trans.__('Checks')}>
          {gate.checks.map((check, at) => (
            <li key={at} title={check.why || undefined}>
              {check.asked}
            </li>
          ))}
        </ul>
      </div>
    </Section>
  );
}

function GateFacts(props: { gate: GateInfo }): JSX.Element {
  const { trans } = useBench();
  const { alias, approvers, current, data, model: name, needed } = props.gate;
  return (
    <div className="bb-PageHeader-facts">
      <Fact label={trans.__('guards')}>
        {name} <span className="bb-Flag">{alias}</span>
        {current !== null && <RefChip short to={{ noun: 'model', name, version: current }} />}
        {current === null && <span className="bb-Quiet">{trans.__('points at nothing yet')}</span>}
      </Fact>
      {data && <Fact label={trans.__('judges on')}>{data}</Fact>}
      {needed > 0 && (
        <Fact label={trans.__('approval')}>
          {trans.__('%1 of %2', needed, approvers.join(', '))}
        </Fact>
      )}
    </div>
  );
}

function Candidates(props: { gate: GateInfo; waiting: ApprovalRequest[] }): JSX.Element {
  const { trans } = useBench();
  const { gate } = props;
  const rows = candidates(gate);
  const columns: ITableColumn<ICandidate>[] = [
    {
      title: trans.__('Version'),
      cell: ({ isCurrent, version }) => (
        <span className="bb-ChipList">
          <RefChip short to={{ noun: 'model', name: gate.model, version }} />
          {isCurrent && <span className="bb-Flag">{gate.alias}</span>}
        </span>
      )
    },
    { title: trans.__('Verdict'), cell: row => <CandidateVerdict row={row} {...props} /> },
    {
      title: trans.__('When'),
      cell: ({ verdict }) => verdict && <Ago time={verdict.time} />
    },
    {
      title: trans.__('Actions'),
      untitled: true,
      cell: row => <CandidateActions gate={gate} row={row} />
    }
  ];
  return rows.length > 0 ? (
    <Table
      caption={trans.__('Versions at the gate %1', gate.name)}
      rows={rows}
      keyOf={row => row.version}
      columns={columns}
    />
  ) : (
    <p className="bb-Quiet">{trans.__('No version of %1 is registered yet.', gate.model)}</p>
  );
}

function CandidateVerdict(props: {
  row: ICandidate;
  gate: GateInfo;
  waiting: ApprovalRequest[];
}): JSX.Element {
  const { trans } = useBench();
  const { gate, row, waiting } = props;
  const waits = waiting.some(one => one.gate === gate.name && one.version === row.version);
  return (
    <span className="bb-ChipList">
      {row.verdict ? (
        <VerdictLink verdict={row.verdict} />
      ) : (
        <span className="bb-Quiet">{trans.__('not judged')}</span>
      )}
      {waits && <Mark look="waiting" word={trans.__('waits for approval')} />}
    </span>
  );
}

function CandidateActions(props: { gate: GateInfo; row: ICandidate }): JSX.Element {
  const { commands, trans } = useBench();
  const { alias, model: name } = props.gate;
  const { isCurrent, version } = props.row;
  const args = { name, version, alias };
  return (
    <span className="bb-Actions">
      <Action
        label={props.row.verdict ? trans.__('Ask again') : trans.__('Ask the gate')}
        onClick={() => void commands.execute('benchbook:evaluate-gate', args)}
      />
      {!isCurrent && (
        <Action
          label={trans.__('Promote…')}
          onClick={() => void commands.execute('benchbook:promote', args)}
        />
      )}
    </span>
  );
}

function ApprovalsTab(props: { requests: ApprovalRequest[]; user: string }): JSX.Element {
  const { commands, trans } = useBench();
  const [waiting, decided] = [true, false].map(isWaiting =>
    props.requests.filter(one => (one.state === 'waiting') === isWaiting)
  );
  const show = (request: ApprovalRequest): JSX.Element => (
    <div key={request.id} className="bb-RequestRow">
      <div className="bb-ChipList">
        <RefChip to={{ noun: 'model', name: request.model, version: request.version }} />
        {trans.__('to become')} <span className="bb-Flag">{request.alias}</span>
        <button
          type="button"
          className="bb-Link"
          onClick={() => void commands.execute('benchbook:open-verdict', { id: request.verdict })}
        >
          {trans.__('Open the verdict')}
        </button>
      </div>
      <Request request={request} user={props.user} />
    </div>
  );
  return (
    <>
      <Section title={trans.__('Waiting')} count={waiting.length}>
        {waiting.map(show)}
        {waiting.length === 0 && (
          <p className="bb-Quiet">{trans.__('Nothing waits for approval.')}</p>
        )}
      </Section>
      {decided.length > 0 && (
        <Section title={trans.__('Decided')} count={decided.length}>
          {decided.map(show)}
        </Section>
      )}
    </>
  );
}

/** Verdicts as a table, newest first. */
export function VerdictTable(props: { verdicts: VerdictHead[] }): JSX.Element {
  const { trans } = useBench();
  return (
    <div className="bb-LongTable">
      <Table<VerdictHead>
        caption={trans.__('Verdicts')}
        rows={props.verdicts}
        keyOf={verdict => verdict.id}
        columns={[
          { title: trans.__('Verdict'), cell: verdict => <VerdictLink verdict={verdict} /> },
          {
            title: trans.__('Version'),
            cell: ({ model: name, version }) => <RefChip to={{ noun: 'model', name, version }} />
          },
          { title: trans.__('Gate'), cell: verdict => verdict.gate },
          { title: trans.__('When'), cell: verdict => <Ago time={verdict.time} /> },
          { title: trans.__('By'), cell: verdict => verdict.actor },
          {
            title: trans.__('Decision'),
            cell: verdict => <span title={verdict.sentence}>{verdict.sentence}</span>
          }
        ]}
      />
    </div>
  );
}
