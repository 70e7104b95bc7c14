/**
 * Every request to the server face, one method a route. `ServerConnection` alone is used, because it
 * knows the token, the base URL and the XSRF cookie.
 */
import { ServerConnection } from '@jupyterlab/services';

import { address, Query } from './address';
import {
  AlertsClosed,
  ApprovalRequest,
  AuditLine,
  ColumnView,
  Curve,
  DatasetDetail,
  DatasetSummary,
  EndpointAccess,
  EndpointState,
  GateInfo,
  Judging,
  LogLine,
  Looked,
  LoopMode,
  LoopRequest,
  ModelCard,
  ModelDetail,
  ModelSummary,
  ModelVersion,
  MonitorAnswer,
  MonitorItem,
  NotebookAnswer,
  PipelineInfo,
  PipelineStarted,
  ProjectInfo,
  PromoteRequest,
  Promotion,
  RetrainingStarted,
  RowPage,
  Run,
  RunPage,
  Verdict,
  VerdictHead,
  Verification
} from './contract';
import { BenchbookError, errorOf, isAbort } from './errors';

/** What `GET /runs` can be asked. */
export interface IRunQuery {
  filter?: string;
  limit?: number;
  offset?: number;
  kind?: string;
  parent?: string;
  /** The metric shown of each run, where it has it. */
  metric?: string;
}

/** Which part of a monitor's timeline is asked for. */
export interface IMonitorQuery {
  chunks?: number;
  columns?: number;
  /** The number of the chunk it ends before; the newest is the last without it. */
  until?: number;
}

/** What `GET /runs/<id>/notebook` answers: the executed notebook, or its source as it was, as nbformat JSON. */
export type IExecutedNotebook = NotebookAnswer;

/** Tells how what takes long can be ended, once the server has said that it does. */
export type OnLong = (cancel: () => Promise<void>) => void;

const JSON_BODY = { 'Content-Type': 'application/json' };

export class Client {
  constructor(private readonly _settings: ServerConnection.ISettings) {}

  project(signal?: AbortSignal): Promise<ProjectInfo> {
    return this._get(['project'], [], signal);
  }

  async revision(signal?: AbortSignal): Promise<string> {
    return (await this._get<{ revision: string }>(['revision'], [], signal)).revision;
  }

  runs(query: IRunQuery, signal?: AbortSignal): Promise<RunPage> {
    const given = Object.entries(query).filter(([, value]) => value !== undefined && value !== '');
    return this._get(['runs'], given, signal);
  }

  run(id: string, signal?: AbortSignal): Promise<Run> {
    return this._get(['runs', id], [], signal);
  }

  curves(id: string, keys: string[], points: number, signal?: AbortSignal): Promise<Curve[]> {
    const query: Query = keys.map(key => ['key', key]);
    return this._get(['runs', id, 'curves'], [...query, ['points', points]], signal);
  }

  notebook(id: string, signal?: AbortSignal): Promise<IExecutedNotebook> {
    return this._get(['runs', id, 'notebook'], [], signal);
  }

  log(id: string, signal?: AbortSignal): Promise<LogLine[]> {
    return this._get(['runs', id, 'log'], [], signal);
  }

  /** The bytes of an artifact, fetched with the session's credentials, never by a bare link. */
  async artifact(id: string, path: string, signal?: AbortSignal): Promise<Blob> {
    const reply = await this._send(['runs', id, 'artifacts', ...path.split('/')], [], { signal });
    return reply.blob();
  }

  datasets(signal?: AbortSignal): Promise<DatasetSummary[]> {
    return this._get(['datasets'], [], signal);
  }

  dataset(name: string, version: number | 'latest', signal?: AbortSignal): Promise<DatasetDetail> {
    return this._get(['datasets', name, String(version)], [], signal);
  }

  rows(
    name: string,
    version: number,
    offset: number,
    limit: number,
    signal?: AbortSignal
  ): Promise<RowPage> {
    const query: Query = [
      ['offset', offset],
      ['limit', limit]
    ];
    return this._get(['datasets', name, String(version), 'rows'], query, signal);
  }

  models(signal?: AbortSignal): Promise<ModelSummary[]> {
    return this._get(['models'], [], signal);
  }

  model(name: string, version: number | 'latest', signal?: AbortSignal): Promise<ModelDetail> {
    return this._get(['models', name, String(version)], [], signal);
  }

  setAlias(name: string, alias: string, version: number): Promise<ModelVersion> {
    return this._post(['models', name, 'aliases'], { alias, version });
  }

  gates(signal?: AbortSignal): Promise<GateInfo[]> {
    return this._get(['gates'], [], signal);
  }

  /** Let a gate judge a version; takes seconds to minutes. */
  evaluate(gate: string, version: number, onLong: OnLong): Promise<Verdict> {
    return this._postLong(['gates', gate, 'verdicts'], { version }, onLong);
  }

  /** Let the gate of the alias decide, or force it; takes seconds to minutes. */
  promote(model: string, body: PromoteRequest, onLong: OnLong): Promise<Promotion> {
    return this._postLong(['models', model, 'promotions'], body, onLong);
  }

  rollBack(model: string, alias: string, reason: string): Promise<Promotion> {
    return this._post(['models', model, 'rollbacks'], { alias, reason });
  }

  verdicts(limit: number, signal?: AbortSignal): Promise<VerdictHead[]> {
    return this._get(['verdicts'], [['limit', limit]], signal);
  }

  verdict(id: string, signal?: AbortSignal): Promise<Verdict> {
    return this._get(['verdicts', id], [], signal);
  }

  verdictsOn(model: string, version: number | 'latest', signal?: AbortSignal): Promise<Verdict[]> {
    return this._get(['models', model, String(version), 'verdicts'], [], signal);
  }

  approvals(signal?: AbortSignal): Promise<ApprovalRequest[]> {
    return this._get(['approvals'], [], signal);
  }

  approve(request: string, reason: string): Promise<Promotion> {
    return this._post(['approvals', request, 'approve'], { reason });
  }

  reject(request: string, reason: string): Promise<ApprovalRequest> {
    return this._post(['approvals', request, 'reject'], { reason });
  }

  audit(limit: number, signal?: AbortSignal): Promise<AuditLine[]> {
    return this._get(['audit'], [['limit', limit]], signal);
  }

  verification(signal?: AbortSignal): Promise<Verification> {
    return this._get(['audit', 'verification'], [], signal);
  }

  card(model: string, version: number | 'latest', signal?: AbortSignal): Promise<ModelCard> {
    return this._get(['models', model, String(version), 'card'], [], signal);
  }

  async cardFile(model: string, version: number, kind: 'html' | 'markdown'): Promise<Blob> {
    return (await this._send(['models', model, String(version), 'card', kind], [], {})).blob();
  }

  endpoints(signal?: AbortSignal): Promise<EndpointState[]> {
    return this._get(['endpoints'], [], signal);
  }

  /** Start an endpoint; answers when it serves. */
  serve(ref: string): Promise<EndpointState> {
    return this._post(['endpoints'], { ref });
  }

  async stopEndpoint(run: string): Promise<void> {
    await this._send(['endpoints', run], [], { method: 'DELETE' });
  }

  /** The address of an endpoint with its token: to be copied, not to be kept. */
  access(run: string): Promise<EndpointAccess> {
    return this._post(['endpoints', run, 'access'], {});
  }

  monitors(signal?: AbortSignal): Promise<MonitorItem[]> {
    return this._get(['monitors'], [], signal);
  }

  monitor(name: string, query: IMonitorQuery, signal?: AbortSignal): Promise<MonitorAnswer> {
    const given = Object.entries(query).filter(([, value]) => value !== undefined);
    return this._get(['monitors', name], given, signal);
  }

  monitorColumn(
    name: string,
    chunk: string,
    column: string,
    signal?: AbortSignal
  ): Promise<ColumnView> {
    const query: Query = [
      ['chunk', chunk],
      ['column', column]
    ];
    return this._get(['monitors', name, 'column'], query, signal);
  }

  monitorRows(
    name: string,
    chunk: string,
    offset: number,
    limit: number,
    signal?: AbortSignal
  ): Promise<RowPage> {
    const query: Query = [
      ['chunk', chunk],
      ['offset', offset],
      ['limit', limit]
    ];
    return this._get(['monitors', name, 'rows'], query, signal);
  }

  /** Look at new chunks; answers when that is done. */
  lookAt(name: string): Promise<Looked> {
    return this._post(['monitors', name, 'looks'], {});
  }

  /** Close the alerts of these ids, or all that are open. */
  closeAlerts(name: string, reason: string, alerts: string[] | null): Promise<AlertsClosed> {
    return this._post(['monitors', name, 'closings'], { reason, alerts });
  }

  retrain(name: string): Promise<RetrainingStarted> {
    return this._post(['monitors', name, 'retrainings'], {});
  }

  switchLoop(name: string, loop: LoopMode): Promise<LoopRequest> {
    return this._post(['monitors', name, 'loop'], { loop });
  }

  pipelines(signal?: AbortSignal): Promise<PipelineInfo[]> {
    return this._get(['pipelines'], [], signal);
  }

  runPipeline(name: string, params: object): Promise<PipelineStarted> {
    return this._post(['pipelines', name, 'runs'], { params });
  }

  private async _get<T>(path: string[], query: Query, signal?: AbortSignal): Promise<T> {
    return (await this._send(path, query, { signal })).json();
  }

  private async _post<T>(path: string[], body: object): Promise<T> {
    return (await this._sendBody(path, body)).json();
  }

  /** As `_post`, for what the server answers by 202 at first: waits on, in requests no proxy cuts off. */
  private async _postLong<T>(path: string[], body: object, onLong: OnLong): Promise<T> {
    let reply = await this._sendBody(path, body);
    while (reply.status === 202) {
      const { id }: Judging = await reply.json();
      const place = ['judgings', id];
      onLong(async () => void (await this._send(place, [], { method: 'DELETE' })));
      reply = await this._send(place, [], {});
    }
    return reply.json();
  }

  private _sendBody(path: string[], body: object): Promise<Response> {
    const init = { method: 'POST', headers: JSON_BODY, body: JSON.stringify(body) };
    return this._send(path, [], init);
  }

  private async _send(path: string[], query: Query, init: RequestInit): Promise<Response> {
    const url = address(this._settings.baseUrl, path, query);
    const reply = await this._request(url, init);
    if (!reply.ok) {
      throw errorOf(await reply.text(), reply.status);
    }
    return reply;
  }

  private async _request(url: string, init: RequestInit): Promise<Response> {
    try {
      return await ServerConnection.makeRequest(url, init, this._settings);
    } catch (thrown) {
      if (isAbort(thrown) || init.signal?.aborted) {
        throw thrown;
      }
      throw new BenchbookError(
        'The Jupyter server does not answer.',
        'Check that it still runs; this panel tries again by itself.',
        'Offline'
      );
    }
  }
}
