/** Where Benchbook touches notebooks and files: opening at a cell, inserting lines, copying refs. */
import { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { Clipboard, Notification } from '@jupyterlab/apputils';
import { PageConfig } from '@jupyterlab/coreutils';
import { IFileBrowserFactory } from '@jupyterlab/filebrowser';
import { NotebookPanel } from '@jupyterlab/notebook';
import { codeIcon, copyIcon, notebookIcon } from '@jupyterlab/ui-components';

import { describe, pointedRef, pointedRun, textArg } from '../commands';
import { asError, BenchbookError } from '../errors';
import { loadLine, refText, saveLine } from '../refs';
import { IWorkbench } from '../workbench';
import { insertCode } from './insert';
import { labPath, relativeTo } from './paths';

const TABLES = /\.(csv|parquet|pq)$/i;

function placeCode(bench: IWorkbench, code: string): void {
  const panel = bench.notebooks?.currentWidget ?? null;
  if (panel === null) {
    Clipboard.copyToSystem(code);
    Notification.info(
      bench.trans.__('No notebook is open, so the code was copied: paste it into one.')
    );
    return;
  }
  insertCode(panel, code);
  bench.app.shell.activateById(panel.id);
}

async function openNotebook(bench: IWorkbench, path: string): Promise<NotebookPanel | null> {
  const project = await bench.client.project();
  const known = labPath(path, project.root, PageConfig.getOption('serverRoot'));
  if (known === null) {
    throw new BenchbookError(
      bench.trans.__('%1 lies outside the folder JupyterLab was started in.', path)
    );
  }
  const panel: unknown = await bench.commands.execute('docmanager:open', {
    path: known,
    ...(known.endsWith('.ipynb') ? { factory: 'Notebook' } : {})
  });
  return panel instanceof NotebookPanel ? panel : null;
}

/** Scroll to the `number`th code cell, as errors count them. */
async function goToCell(panel: NotebookPanel, number: number): Promise<void> {
  await panel.context.ready;
  await panel.revealed;
  const codeCells = panel.content.widgets.filter(cell => cell.model.type === 'code');
  const cell = codeCells.at(number - 1);
  if (number > 0 && cell) {
    const index = panel.content.widgets.indexOf(cell);
    panel.content.activeCellIndex = index;
    await panel.content.scrollToItem(index, 'center');
  }
}

function addNotebookCommands(bench: IWorkbench): void {
  const { app, client, commands, trans } = bench;
  const open = async (path: string, cell: number): Promise<void> => {
    try {
      const panel = await openNotebook(bench, path);
      await (panel && goToCell(panel, cell));
    } catch (thrown) {
      Notification.error(asError(thrown).message);
    }
  };
  commands.addCommand('benchbook:open-notebook', {
    label: trans.__('Open Notebook of a Run'),
    caption: trans.__('Open a notebook, at a code cell if one is given'),
    icon: notebookIcon,
    describedBy: describe(
      {
        path: { type: 'string', description: 'Absolute, or relative to the project' },
        cell: { type: 'number', description: 'The number of the code cell, from 1' }
      },
      ['path']
    ),
    isEnabled: args => textArg(args, 'path') !== '',
    execute: args => open(textArg(args, 'path'), Number(args.cell ?? 0))
  });
  commands.addCommand('benchbook:open-run-notebook', {
    label: trans.__('Open Notebook'),
    caption: trans.__('Open the notebook that started this run'),
    icon: notebookIcon,
    describedBy: describe(),
    isVisible: () => pointedRun(app) !== null,
    execute: async () => {
      const run = await client.run(pointedRun(app) ?? '');
      await (run.notebook
        ? open(run.notebook, 0)
        : Notification.info(trans.__('This run was started outside a notebook.')));
    }
  });
}

function addCodeCommands(bench: IWorkbench): void {
  const { app, commands, trans } = bench;
  commands.addCommand('benchbook:insert-code', {
    label: trans.__('Insert Code into Notebook'),
    caption: trans.__('Insert code below the active cell of the current notebook'),
    icon: codeIcon,
    describedBy: describe({ code: { type: 'string', description: 'The code' } }, ['code']),
    isEnabled: args => textArg(args, 'code') !== '',
    execute: args => placeCode(bench, textArg(args, 'code'))
  });
  commands.addCommand('benchbook:insert-load-line', {
    label: trans.__('Insert Load Line into Notebook'),
    caption: trans.__('Insert the line of code that loads this version'),
    icon: codeIcon,
    describedBy: describe(),
    isVisible: () => pointedRef(app) !== null,
    execute: () => {
      const ref = pointedRef(app);
      return ref && placeCode(bench, loadLine(ref));
    }
  });
}

function addCopyCommands(bench: IWorkbench): void {
  const { app, commands, trans } = bench;
  commands.addCommand('benchbook:copy-ref', {
    label: trans.__('Copy Ref'),
    caption: trans.__('Copy the name and version'),
    icon: copyIcon,
    describedBy: describe(),
    isVisible: () => pointedRef(app) !== null,
    execute: () => {
      const ref = pointedRef(app);
      return ref && Clipboard.copyToSystem(refText(ref));
    }
  });
  commands.addCommand('benchbook:copy-run-id', {
    label: trans.__('Copy Run Id'),
    caption: trans.__('Copy the id of this run'),
    icon: copyIcon,
    describedBy: describe(),
    isVisible: () => pointedRun(app) !== null,
    execute: () => Clipboard.copyToSystem(pointedRun(app) ?? '')
  });
}

function addFileCommand(bench: IWorkbench, files: IFileBrowserFactory): void {
  const { commands, notebooks, trans } = bench;
  const pointed = (): string =>
    [...(files.tracker.currentWidget?.selectedItems() ?? [])].at(0)?.path ?? '';
  commands.addCommand('benchbook:insert-save-line', {
    label: trans.__('Insert Line that Saves as Dataset'),
    caption: trans.__('Insert the line of code that saves this file as a dataset version'),
    icon: codeIcon,
    describedBy: describe(),
    isVisible: () => TABLES.test(pointed()),
    execute: () => {
      const notebook = notebooks?.currentWidget?.context.path;
      placeCode(
        bench,
        saveLine(notebook === undefined ? pointed() : relativeTo(notebook, pointed()))
      );
    }
  });
}

export const notebookPlugin: JupyterFrontEndPlugin<void> = {
  id: 'benchbook:notebook',
  description: 'Opens notebooks of runs and inserts lines of code into them.',
  autoStart: true,
  requires: [IWorkbench],
  optional: [IFileBrowserFactory],
  activate: (_: JupyterFrontEnd, bench: IWorkbench, files: IFileBrowserFactory | null) => {
    addNotebookCommands(bench);
    addCodeCommands(bench);
    addCopyCommands(bench);
    if (files !== null) {
      addFileCommand(bench, files);
    }
  }
};
