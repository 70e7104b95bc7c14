/** The page of one model version. */
import * as React from 'react';

import { AliasChange, Field, ModelDetail, ModelVersion } from '../contract';
import { loadLine } from '../refs';
import { useBench, useChanges } from '../ui/bench';
import { RefChip, RunChip, Word } from '../ui/chip';
import { IdChip } from '../ui/copy';
import { Action, Fact, PageHeader, Pairs, Section } from '../ui/page';
import { Ago, Num, Size, Value } from '../ui/parts';
import { ErrorBox, Skeleton, Working } from '../ui/states';
import { Table } from '../ui/table';
import { ITab, Tabs } from '../ui/tabs';
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
      <ModelHeader detail={detail} />
      <Tabs
        label={trans.__('Parts of the version')}
        current={model.tab}
        tabs={useTabs(detail)}
        onSelect={tab => {
          model.tab = tab;
        }}
      />
    </>
  );
}

function useTabs(detail: ModelDetail): ITab[] {
  const { trans } = useBench();
  const history = detail.alias_history;
  return [
    {
      id: 'overview',
      label: trans.__('Overview'),
      render: () => <Overview version={detail.version} />
    },
    {
      id: 'versions',
      label: trans.__('Versions'),
      count: detail.versions.length,
      render: () => <VersionsTab detail={detail} />
    },
    {
      id: 'history',
      label: trans.__('Alias history'),
      count: history.length,
      disabled: history.length === 0,
      render: () => <HistoryTab name={detail.version.name} history={history} />
    }
  ];
}

function ModelActions(props: { version: ModelVersion }): JSX.Element {
  const { commands, trans } = useBench();
  const { name, version } = props.version;
  const code = loadLine({ noun: 'model', name, version });
  return (
    <>
      <Action
        label={trans.__('Set alias…')}
        onClick={() => void commands.execute('benchbook:set-alias', { name, version })}
      />
      <Action
        label={trans.__('Insert load line')}
        title={code}
        onClick={() => void commands.execute('benchbook:insert-code', { code })}
      />
    </>
  );
}

function ModelHeader(props: { detail: ModelDetail }): JSX.Element {
  const { trans } = useBench();
  const { run_name: runName, version } = props.detail;
  return (
    <PageHeader
      kind={trans.__('Model')}
      title={version.name}
      mark={<span className="bb-Version bb-Version-large">{`v${version.version}`}</span>}
      actions={<ModelActions version={version} />}
    >
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

function VersionsTab(props: { detail: ModelDetail }): JSX.Element {
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

function HistoryTab(props: { name: string; history: AliasChange[] }): JSX.Element {
  const { trans } = useBench();
  const newest = [...props.history].sort((a, b) => b.time - a.time);
  return (
    <Table
      caption={trans.__('Alias history')}
      rows={newest}
      keyOf={change => `${change.alias} ${change.time}`}
      columns={[
        { title: trans.__('Alias'), cell: change => <Word text={change.alias} flag /> },
        {
          title: trans.__('Pointed at'),
          cell: change => (
            <RefChip short to={{ noun: 'model', name: props.name, version: change.version }} />
          )
        },
        { title: trans.__('When'), cell: change => <Ago time={change.time} /> },
        { title: trans.__('By'), cell: change => change.actor }
      ]}
    />
  );
}
