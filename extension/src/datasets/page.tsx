/** The page of one data version. */
import * as React from 'react';

import { DatasetDetail, DatasetVersion, VersionUse } from '../contract';
import { loadLine } from '../refs';
import { useBench, useChanges } from '../ui/bench';
import { RefChip, RunChip, Word } from '../ui/chip';
import { IdChip } from '../ui/copy';
import { Action, Fact, PageHeader } from '../ui/page';
import { Ago, Num, Size } from '../ui/parts';
import { RowsView } from '../ui/rows';
import { Empty, ErrorBox, Skeleton, Working } from '../ui/states';
import { Table } from '../ui/table';
import { ITab, Tabs } from '../ui/tabs';
import { ColumnGrid } from './columns';
import { DatasetPageModel, shape } from './model';

export function DatasetPage(props: { model: DatasetPageModel }): JSX.Element {
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

function Loaded(props: { model: DatasetPageModel; detail: DatasetDetail }): JSX.Element {
  const { trans } = useBench();
  const { model, detail } = props;
  return (
    <>
      <DatasetHeader detail={detail} />
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

function useTabs(model: DatasetPageModel, detail: DatasetDetail): ITab[] {
  const { trans } = useBench();
  const { version, versions } = detail;
  const uses = detail.uses.filter(use => use.role === 'used');
  return [
    {
      id: 'columns',
      label: trans.__('Columns'),
      count: version.columns.length,
      render: () => <ColumnsTab detail={detail} />
    },
    {
      id: 'rows',
      label: trans.__('Rows'),
      disabled: version.rows === null,
      render: () => <RowsTab model={model} />
    },
    {
      id: 'versions',
      label: trans.__('Versions'),
      count: versions.length,
      render: () => <VersionsTab detail={detail} />
    },
    {
      id: 'uses',
      label: trans.__('Used by'),
      count: uses.length,
      disabled: uses.length === 0,
      render: () => <UsesTab uses={uses} />
    }
  ];
}

function ColumnsTab(props: { detail: DatasetDetail }): JSX.Element {
  const { trans } = useBench();
  const { profile, version } = props.detail;
  if (profile) {
    return <ColumnGrid profile={profile} />;
  }
  return (
    <Empty
      sentence={trans.__('A %1 has no columns to show.', version.format)}
      code={loadLine({ noun: 'dataset', name: version.name, version: version.version })}
    />
  );
}

function DatasetHeader(props: { detail: DatasetDetail }): JSX.Element {
  const { commands, trans } = useBench();
  const { version } = props.detail;
  const ref = { noun: 'dataset' as const, name: version.name, version: version.version };
  return (
    <PageHeader
      kind={trans.__('Dataset')}
      title={version.name}
      mark={<span className="bb-Version bb-Version-large">{`v${version.version}`}</span>}
      actions={
        <Action
          label={trans.__('Insert load line')}
          title={loadLine(ref)}
          onClick={() => void commands.execute('benchbook:insert-code', { code: loadLine(ref) })}
        />
      }
    >
      {version.aliases.map(alias => (
        <Word key={alias} text={alias} flag />
      ))}
      <Fact label={version.rows === null ? trans.__('kind') : trans.__('rows × columns')}>
        <span className="bb-Num">{shape(version)}</span>
      </Fact>
      <Fact label={trans.__('size')}>
        <Size bytes={version.size} />
      </Fact>
      <Fact label={trans.__('format')}>{version.format}</Fact>
      <Fact label={trans.__('saved')}>
        <Ago time={version.created} />
      </Fact>
      <Fact label={trans.__('by')}>{version.actor}</Fact>
      <Fact label={trans.__('content')}>
        <IdChip id={version.digest} />
      </Fact>
      <Origin detail={props.detail} />
      {version.note && <p className="bb-Note">{version.note}</p>}
    </PageHeader>
  );
}

/** Where the version came from: the file, the notebook, the run. */
function Origin(props: { detail: DatasetDetail }): JSX.Element | null {
  const { commands, trans } = useBench();
  const { source } = props.detail.version;
  const maker = props.detail.uses.find(use => use.role === 'made' && use.run === source.run);
  return (
    <>
      {source.path && <Fact label={trans.__('from')}>{source.path}</Fact>}
      {source.run && (
        <Fact label={trans.__('made by')}>
          <RunChip id={source.run} name={maker?.run_name ?? source.run.slice(0, 8)} />
        </Fact>
      )}
      {source.notebook && (
        <Fact label={trans.__('in')}>
          <button
            type="button"
            className="bb-Link"
            onClick={() =>
              void commands.execute('benchbook:open-notebook', { path: source.notebook })
            }
          >
            {source.notebook}
          </button>
        </Fact>
      )}
    </>
  );
}

function RowsTab(props: { model: DatasetPageModel }): JSX.Element {
  const { model } = props;
  return (
    <RowsView
      rows={model.rows}
      offset={model.offset}
      pageSize={model.pageSize}
      onOffset={offset => model.showRows(offset)}
    />
  );
}

function VersionsTab(props: { detail: DatasetDetail }): JSX.Element {
  const { trans } = useBench();
  const { version: shown, versions } = props.detail;
  const newest = [...versions].sort((a, b) => b.version - a.version);
  return (
    <Table<DatasetVersion>
      caption={trans.__('Versions')}
      rows={newest}
      keyOf={version => version.version}
      current={version => version.version === shown.version}
      columns={[
        {
          title: trans.__('Version'),
          cell: version => (
            <RefChip short to={{ noun: 'dataset', name: version.name, version: version.version }} />
          )
        },
        {
          title: trans.__('Aliases'),
          cell: version => version.aliases.map(alias => <Word key={alias} text={alias} flag />)
        },
        {
          title: trans.__('Rows'),
          numeric: true,
          cell: version => version.rows !== null && <Num value={version.rows} />
        },
        {
          title: trans.__('Columns'),
          numeric: true,
          cell: version => <Num value={version.columns.length} />
        },
        { title: trans.__('Size'), numeric: true, cell: version => <Size bytes={version.size} /> },
        { title: trans.__('Saved'), cell: version => <Ago time={version.created} /> },
        { title: trans.__('By'), cell: version => version.actor },
        { title: trans.__('Note'), cell: version => version.note }
      ]}
    />
  );
}

function UsesTab(props: { uses: VersionUse[] }): JSX.Element {
  const { trans } = useBench();
  return (
    <Table
      caption={trans.__('Used by')}
      rows={props.uses}
      keyOf={use => `${use.run} ${use.time}`}
      columns={[
        { title: trans.__('Run'), cell: use => <RunChip id={use.run} name={use.run_name} /> },
        { title: trans.__('Loaded'), cell: use => <Ago time={use.time} /> }
      ]}
    />
  );
}
