/** How components reach the workbench, and the Lumino widget that hosts them and knows whether it is seen. */
import { ReactWidget } from '@jupyterlab/ui-components';
import { Message } from '@lumino/messaging';
import { ISignal } from '@lumino/signaling';
import * as React from 'react';

import { IWorkbench } from '../workbench';

const BenchContext = React.createContext<IWorkbench | null>(null);

/** The workbench; every component lies below a `BenchWidget`, which gives it. */
export function useBench(): IWorkbench {
  const bench = React.useContext(BenchContext);
  if (bench === null) {
    throw new Error('This component is used outside a BenchWidget.');
  }
  return bench;
}

/** Anything that tells when it has changed. */
export interface IChanging {
  readonly changed: ISignal<unknown, unknown>;
}

/** Render again when any of `sources` changes, at most once a frame. `sources` must be stable. */
export function useChanges(...sources: IChanging[]): void {
  const [, draw] = React.useReducer((count: number) => count + 1, 0);
  React.useEffect(() => {
    let frame = 0;
    const onChange = (): void => {
      frame ||= requestAnimationFrame(() => {
        frame = 0;
        draw();
      });
    };
    sources.forEach(source => source.changed.connect(onChange));
    onChange();
    return () => {
      cancelAnimationFrame(frame);
      sources.forEach(source => source.changed.disconnect(onChange));
    };
    // The sources are the dependencies, one by one.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, sources);
}

/** A model that fetches only while it is seen. */
export interface ISeen {
  active: boolean;
  dispose(): void;
}

/** Hosts a component over a model: wakes the model when shown, rests it when hidden, disposes it at the end. */
export class BenchWidget extends ReactWidget {
  constructor(
    private readonly _bench: IWorkbench,
    private readonly _model: ISeen,
    private readonly _draw: () => JSX.Element
  ) {
    super();
    this.addClass('bb-Widget');
  }

  protected override render(): JSX.Element {
    return (
      <BenchContext.Provider value={this._bench}>
        <React.Suspense fallback={null}>{this._draw()}</React.Suspense>
      </BenchContext.Provider>
    );
  }

  override dispose(): void {
    if (!this.isDisposed) {
      this._model.dispose();
      super.dispose();
    }
  }

  protected override onAfterAttach(message: Message): void {
    super.onAfterAttach(message);
    this._model.active = this.isVisible;
  }

  protected override onAfterShow(message: Message): void {
    super.onAfterShow(message);
    this._model.active = true;
  }

  protected override onBeforeHide(message: Message): void {
    super.onBeforeHide(message);
    this._model.active = false;
  }

  protected override onBeforeDetach(message: Message): void {
    this._model.active = false;
    super.onBeforeDetach(message);
  }

  protected override onActivateRequest(): void {
    const first = this.node.querySelector<HTMLElement>('[data-bb-focus], [tabindex="0"]');
    (first ?? this.node).focus();
  }
}
