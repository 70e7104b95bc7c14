/** The page of one model version. */
import * as React from 'react';

import { Field, ModelDetail, ModelVersion } from '../contract';
import { EndpointTab } from '../endpoints/tab';
import { VerdictTable } from '../gates/page';
import { VersionBadge } from '../gates/parts';
import { isLiving, Standing } from '../gates/standing';
import { useBench, useChanges } from '../ui/bench';
import { RefChip, RunChip, Word } from '../ui/chip';
import { IdChip } from '../ui/copy';
import { Fact, PageHeader, Pairs, Section } from '../ui/page';
import { Ago, Num, Size, Value } from '../ui/parts';
import { ErrorBox, Skeleton, Working } from '../ui/states';
import { Table } from '../ui/table';
import { ITab, Tabs } from '../ui/tabs';
import { UnderWay } from '../ui/tasks';
import { CardTab } from './card';
import { HistoryTab, ModelActions } from './header';
import { headline, ModelPageModel } from './model';

export function ModelPage(props: { model: ModelPageModel }): JSX.Element {
  const { model } = props;
  useChanges(model);
  const { error, value: detail } = model.detail;
  return (
    <div className="bb-Page">
      <Working busy={model.detail.loading && detail === undefined} />
      {error && <ErrorBox error={error} onRetry={() => void model.detail.refresh()} />}
      {detail ? <Loaded model={model} detail={detail} /> : !error && <Skeleton lines={12} />}
    </div>
  );
}

function Loaded(props: { model: ModelPageModel; detail: ModelDetail }): JSX.Element {
  const { trans } = useBench();
  const { model, detail } = props;
  return (
    <>
      <ModelHeader detail={detail} standing={model.standing} />
      <UnderWay />
      <Tabs
        label={trans.__('Parts of the version')}
        current={model.tab}
        tabs={useTabs(model, detail)}
        onSelect={tab => {
          model.tab = tab;
        }}
      />
    </>
  );
}

function useTabs(model: ModelPageModel, detail: ModelDetail): ITab[] {
  const { trans } = useBench();
  const { alias_history: history, version } = detail;
  const verdicts = model.verdicts.value ?? [];
  const endpoints = model.standing.endpointsOf(version.name);
  return [
    {
      id: 'overview',
      label: trans.__('Overview'),
      render: () => <Overview version={version} />
    },
    {
      id: 'versions',
      label: trans.__('Versions'),
      count: detail.versions.length,
      render: () => <VersionsTab detail={detail} standing={model.standing} />
    },
    {
      id: 'evaluation',
      label: trans.__('Evaluation'),
      count: verdicts.length,
      disabled: verdicts.length === 0,
      render: () => <VerdictTable verdicts={verdicts} />
    },
    {
      id: 'card',
      label: trans.__('Card'),
      render: () => <CardTab card={model.card} version={version} />
    },
    {
      id: 'endpoint',
      label: trans.__('Endpoint'),
      count: endpoints.filter(isLiving).length,
      disabled: endpoints.length === 0,
      render: () => <EndpointTab endpoints={endpoints} />
    },
    {
      id: 'history',
      label: trans.__('History'),
      count: history.length,
      disabled: history.length === 0,
      render: () => <HistoryTab name={version.name} history={history} />
    }
  ];
}

function ModelHeader(props: { detail: ModelDetail; standing: Standing }): JSX.Element {
  const { trans } = useBench();
  const { run_name: runName, version } = props.detail;
  return (
    <PageHeader
      kind={trans.__('Model')}
      title={version.name}
      mark={<span className="bb-Version bb-Version-large">{`v${version.version}`}</span>}
      actions={<ModelActions version={version} standing={props.standing} />}
    >
      <VersionBadge version={version} standing={props.standing} />
      {version.aliases.map(alias => (
        <Word key={alias} text={alias} flag />
      ))}
      <Fact label={trans.__('estimator')}>
        <span title={version.estimator}>{version.estimator.split('.').pop()}</span>
      </Fact>
      <Fact label={trans.__('size')}>
        <Size bytes={version.size} />
      </Fact>
      <Fact label={trans.__('format')}>{version.format}</Fact>
      <Fact label={trans.__('registered')}>
        <Ago time={version.created} />
      </Fact>
      <Fact label={trans.__('by')}>{version.actor}</Fact>
      {version.run && (
        <Fact label={trans.__('made by')}>
          <RunChip id={version.run} name={runName ?? version.run.slice(0, 8)} />
        </Fact>
      )}
      <Fact label={trans.__('content')}>
        <IdChip id={version.digest} />
      </Fact>
      {version.note && <p className="bb-Note">{version.note}</p>}
    </PageHeader>
  );
}

function Overview(props: { version: ModelVersion }): JSX.Element {
  const { version } = props;
  return (
    <div className="bb-Columns">
      <div className="bb-Columns-side">
        <Params params={version.params} />
        <Data version={version} />
        <Packages versions={version.versions} />
      </div>
      <div className="bb-Columns-main">
        <Metrics metrics={version.metrics} />
        <SignatureSection version={version} />
      </div>
    </div>
  );
}

function Params(props: { params: Record<string, unknown> }): JSX.Element | null {
  const { trans } = useBench();
  const entries = Object.entries(props.params);
  return entries.length === 0 ? null : (
    <Section title={trans.__('Params')} count={entries.length}>
      <Pairs pairs={entries.map(([key, value]) => [key, <Value key={key} value={value} />])} />
    </Section>
  );
}

function Data(props: { version: ModelVersion }): JSX.Element | null {
  const { trans } = useBench();
  const { data } = props.version;
  return data.length === 0 ? null : (
    <Section title={trans.__('Data it learned from')} count={data.length}>
      <div className="bb-ChipList">
        {data.map(({ name, version }) => (
          <RefChip key={`${name}:${version}`} to={{ noun: 'dataset', name, version }} />
        ))}
      </div>
    </Section>
  );
}

function Packages(props: { versions: Record<string, string> }): JSX.Element | null {
  const { trans } = useBench();
  const entries = Object.entries(props.versions);
  return entries.length === 0 ? null : (
    <Section title={trans.__('Needs')} count={entries.length}>
      <Pairs pairs={entries} />
    </Section>
  );
}

function Metrics(props: { metrics: Record<string, unknown> }): JSX.Element | null {
  const { trans } = useBench();
  const entries = Object.entries(props.metrics);
  return entries.length === 0 ? null : (
    <Section title={trans.__('Metrics')} count={entries.length}>
      <Table
        caption={trans.__('Metrics')}
        rows={entries}
        keyOf={([key]) => key}
        columns={[
          { title: trans.__('Metric'), cell: ([key]) => <span title={key}>{key}</span> },
          { title: trans.__('Value'), numeric: true, cell: ([, value]) => <Value value={value} /> }
        ]}
      />
    </Section>
  );
}

function SignatureSection(props: { version: ModelVersion }): JSX.Element {
  const { trans } = useBench();
  const { signature } = props.version;
  if (!signature) {
    return (
      <Section title={trans.__('Signature')}>
        <p className="bb-Quiet">
          {trans.__('Registered without an example, so what it takes and gives is not known.')}
        </p>
      </Section>
    );
  }
  return (
    <>
      <Section title={trans.__('Inputs of %1', signature.method)} count={signature.inputs.length}>
        <FieldTable caption={trans.__('Inputs')} fields={signature.inputs} />
      </Section>
      <Section title={trans.__('Outputs')} count={signature.outputs.length}>
        <FieldTable caption={trans.__('Outputs')} fields={signature.outputs} isOutput />
      </Section>
    </>
  );
}

function FieldTable(props: { caption: string; fields: Field[]; isOutput?: boolean }): JSX.Element {
  const { trans } = useBench();
  const mayBeMissing = {
    title: trans.__('May be missing'),
    cell: (field: Field) => (field.optional ? trans.__('yes') : trans.__('no'))
  };
  return (
    <Table
      caption={props.caption}
      rows={props.fields}
      keyOf={field => field.name}
      columns={[
        { title: trans.__('Column'), cell: field => field.name },
        { title: trans.__('Type'), cell: field => <code>{field.type}</code> },
        ...(props.isOutput ? [] : [mayBeMissing]),
        { title: trans.__('Example'), cell: field => <Value value={field.example} /> }
      ]}
    />
  );
}

function VersionsTab(props: { detail: ModelDetail; standing: Standing }): JSX.Element {
  const { trans } = useBench();
  const { version: shown, versions } = props.detail;
  const newest = [...versions].sort((a, b) => b.version - a.version);
  const key = headline(shown)?.[0] ?? null;
  return (
    <Table<ModelVersion>
      caption={trans.__('Versions')}
      rows={newest}
      keyOf={version => version.version}
      current={version => version.version === shown.version}
      columns={[
        {
          title: trans.__('Version'),
          cell: ({ name, version }) => <RefChip short to={{ noun: 'model', name, version }} />
        },
        {
          title: trans.__('Aliases'),
          cell: version => version.aliases.map(alias => <Word key={alias} text={alias} flag />)
        },
        {
          title: trans.__('Standing'),
          cell: version => <VersionBadge version={version} standing={props.standing} />
        },
        {
          title: key ?? trans.__('Metric'),
          numeric: true,
          cell: version => <Headline version={version} metric={key} />
        },
        { title: trans.__('Registered'), cell: version => <Ago time={version.created} /> },
        { title: trans.__('By'), cell: version => version.actor },
        { title: trans.__('Note'), cell: version => version.note }
      ]}
    />
  );
}

function Headline(props: { version: ModelVersion; metric: string | null }): JSX.Element | null {
  const shown = headline(props.version, props.metric);
  return shown && shown[0] === props.metric ? <Num value={shown[1]} label={shown[0]} /> : null;
}
