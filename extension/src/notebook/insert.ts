/** Puts a line of code where the person works: an empty cell is used, otherwise a new one below the active cell. */
import { NotebookActions, NotebookPanel } from '@jupyterlab/notebook';

const IMPORT = 'import benchbook as bb';

function hasImport(panel: NotebookPanel): boolean {
  const cells = panel.content.model?.sharedModel.cells ?? [];
  return cells.some(cell => cell.getSource().includes(IMPORT));
}

/** Insert `code`, with the import in front when the notebook has none yet. */
export function insertCode(panel: NotebookPanel, code: string): void {
  const notebook = panel.content;
  const text = code.includes(IMPORT) || hasImport(panel) ? code : `${IMPORT}\n\n${code}`;
  const active = notebook.activeCell;
  const isFree =
    active?.model.type === 'code' && active.model.sharedModel.getSource().trim() === '';
  if (!isFree) {
    NotebookActions.insertBelow(notebook);
    NotebookActions.changeCellType(notebook, 'code');
  }
  notebook.activeCell?.model.sharedModel.setSource(text);
  void NotebookActions.focusActiveCell(notebook);
}
