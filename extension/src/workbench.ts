/**
 * What all nouns share: the client, the live signal, the settings, and the places in Lab's shell. Every Lab token is
 * optional, because Notebook 7 lacks launcher, status bar, restorer and the labshell.
 */
import { ILabShell, ILayoutRestorer, JupyterFrontEnd } from '@jupyterlab/application';
import { ICommandPalette, MainAreaWidget, WidgetTracker } from '@jupyterlab/apputils';
import { ILauncher } from '@jupyterlab/launcher';
import { INotebookTracker } from '@jupyterlab/notebook';
import { ITranslator, nullTranslator, TranslationBundle } from '@jupyterlab/translation';
import { CommandRegistry } from '@lumino/commands';
import { ReadonlyJSONObject, Token } from '@lumino/coreutils';
import { ISignal, Signal } from '@lumino/signaling';
import { Widget } from '@lumino/widgets';

import { Cards } from './cards';
import { Client } from './client';
import { Live } from './live';
import { IRendering } from './runs/executed';
import { Settings } from './settings';
import { Tasks } from './tasks';

export const IWorkbench = new Token<IWorkbench>(
  'benchbook:IWorkbench',
  'What the parts of Benchbook share: client, live changes, settings and places in the shell.'
);

export interface IWorkbench {
  readonly app: JupyterFrontEnd;
  readonly commands: CommandRegistry;
  readonly trans: TranslationBundle;
  readonly translator: ITranslator;
  readonly client: Client;
  readonly live: Live;
  readonly settings: Settings;
  readonly cards: Cards;
  readonly tasks: Tasks;
  readonly notebooks: INotebookTracker | null;
  readonly rendering: IRendering | null;
  /** Which page the person looks at. */
  readonly current: CurrentPage;
  /** Whether there is a main area for pages (JupyterLab) or only sides (Notebook 7). */
  readonly wide: boolean;
  /** Put a sidebar in the left area, and remember whether it was open. */
  addSidebar(widget: Widget, rank: number): void;
  /** A kind of page: opens once per id, is restored after a reload by running `command` again. */
  definePages<A extends ReadonlyJSONObject>(namespace: string, command: string): IPages<A>;
  /** List a command in the palette. */
  inPalette(command: string, args?: ReadonlyJSONObject): void;
  /** Offer a command in the launcher, where there is one. */
  inLauncher(command: string, rank: number): void;
}

export interface IPageOptions<A> {
  /** Unique within the kind. */
  id: string;
  args: A;
  /** Makes the content; the page shows the title of its content. */
  content: () => Widget;
}

export interface IPages<A> {
  /** Show the page of `options.id`, making it first if it is not open. */
  open(options: IPageOptions<A>): MainAreaWidget;
}

export interface IWorkbenchOptions {
  app: JupyterFrontEnd;
  labShell: ILabShell | null;
  launcher: ILauncher | null;
  notebooks: INotebookTracker | null;
  palette: ICommandPalette | null;
  rendering: IRendering | null;
  restorer: ILayoutRestorer | null;
  settings: Settings;
  translator: ITranslator | null;
}

/** The widget the person looks at in the main area, by its id; lists mark the row it belongs to. */
export class CurrentPage {
  constructor(shell: ILabShell | null) {
    shell?.currentChanged.connect((_, { newValue }) => {
      this._id = newValue?.id ?? '';
      this._changed.emit();
    });
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  get id(): string {
    return this._id;
  }

  private _id = '';
  private readonly _changed = new Signal<this, void>(this);
}

/** A page and the arguments that open it again. */
class Page<A> extends MainAreaWidget {
  constructor(
    content: Widget,
    readonly args: A
  ) {
    super({ content });
    this.addClass('bb-PageHost');
    this.toolbar.hide();
  }
}

export class Workbench implements IWorkbench {
  constructor(private readonly _options: IWorkbenchOptions) {
    const { app, settings, translator } = _options;
    this.app = app;
    this.commands = app.commands;
    this.translator = translator ?? nullTranslator;
    this.trans = this.translator.load('benchbook');
    this.client = new Client(app.serviceManager.serverSettings);
    this.cards = new Cards(this.client);
    this.settings = settings;
    this.notebooks = _options.notebooks;
    this.rendering = _options.rendering;
    this.current = new CurrentPage(_options.labShell);
    this.wide = _options.labShell !== null;
    this.live = new Live({
      ask: () => this.client.revision(),
      stream: app.serviceManager.events.stream,
      page: document,
      slow: settings.pollInterval * 1000
    });
    settings.changed.connect(() => {
      this.live.slow = settings.pollInterval * 1000;
    });
  }

  addSidebar(widget: Widget, rank: number): void {
    this.app.shell.add(widget, 'left', { rank, type: 'Benchbook' });
    this._options.restorer?.add(widget, widget.id);
  }

  definePages<A extends ReadonlyJSONObject>(namespace: string, command: string): IPages<A> {
    const tracker = new WidgetTracker<Page<A>>({ namespace });
    void this._options.restorer?.restore(tracker, {
      command,
      args: page => page.args,
      name: page => page.id
    });
    return { open: options => this._open(tracker, `${namespace}-${options.id}`, options) };
  }

  inPalette(command: string, args: ReadonlyJSONObject = {}): void {
    const category = this.trans.__('Benchbook');
    this._options.palette?.addItem({ command, args, category });
  }

  inLauncher(command: string, rank: number): void {
    this._options.launcher?.add({ command, category: this.trans.__('Benchbook'), rank });
  }

  private _open<A>(tracker: WidgetTracker<Page<A>>, id: string, options: IPageOptions<A>): Page<A> {
    const page = tracker.find(open => open.id === id) ?? this._make(tracker, id, options);
    if (!page.isAttached) {
      this._place(page);
    }
    this.app.shell.activateById(page.id);
    return page;
  }

  private _make<A>(tracker: WidgetTracker<Page<A>>, id: string, options: IPageOptions<A>): Page<A> {
    const page = new Page(options.content(), options.args);
    page.id = id;
    void tracker.add(page);
    return page;
  }

  /** Beside the notebook at first, then as a tab of our pages; at the right where there is no main area for us. */
  private _place(page: Widget): void {
    if (!this.wide) {
      this.app.shell.add(page, 'right', { rank: 900 });
      return;
    }
    const last = this._lastPage;
    const beside = last?.isAttached ? { ref: last.id, mode: 'tab-after' as const } : null;
    this.app.shell.add(
      page,
      'main',
      beside ?? { mode: this._isAlone ? 'tab-after' : 'split-right' }
    );
    this._lastPage = page;
    page.disposed.connect(() => this._forget(page));
    this._pages.add(page);
  }

  /** Whether there is nothing in the main area that somebody would want to go on seeing. */
  private get _isAlone(): boolean {
    const current = this._options.labShell?.currentWidget ?? null;
    return current === null || current.id.startsWith('launcher');
  }

  private _forget(page: Widget): void {
    this._pages.delete(page);
    if (this._lastPage === page) {
      this._lastPage = [...this._pages].pop() ?? null;
    }
  }

  readonly app: JupyterFrontEnd;
  readonly commands: CommandRegistry;
  readonly trans: TranslationBundle;
  readonly translator: ITranslator;
  readonly client: Client;
  readonly live: Live;
  readonly settings: Settings;
  readonly cards: Cards;
  readonly tasks = new Tasks();
  readonly notebooks: INotebookTracker | null;
  readonly rendering: IRendering | null;
  readonly current: CurrentPage;
  readonly wide: boolean;
  private _lastPage: Widget | null = null;
  private readonly _pages = new Set<Widget>();
}
