import { mkdtempSync, rmSync } from 'node:fs'
import { basename, join } from 'node:path'
import { refuseCancelled } from './cancellation.ts'
import { copyDatabaseFile } from './copy-database.ts'
import type { Observer, Preview, UpgradeReport } from './model.ts'
import type { UpgradeRequest } from './request.ts'
import { runUpgrade } from './run-upgrade.ts'
import { refuseTooLittleSpace } from './space.ts'

/**
 * Does all that `runUpgrade` does, backup included, on a private copy that is removed at the end. The file may
 * be in use meanwhile: the copy is what it holds at one moment.
 *
 * @param folder where the copy is made
 */
export async function rehearseUpgrade(
  preview: Preview,
  folder: string,
  request: Omit<UpgradeRequest, 'path' | 'survey'>,
  observer: Observer,
): Promise<UpgradeReport> {
  refuseTooLittleSpace(preview.path, preview.space)
  // Its owner alone may enter: https://pubs.opengroup.org/onlinepubs/9799919799/functions/mkdtemp.html
  const privateFolder = mkdtempSync(join(folder, 'upgrade-rehearsal-'))
  try {
    const path = join(privateFolder, basename(preview.path))
    await copyDatabaseFile(preview.path, path, (copiedPages, totalPages) => {
      refuseCancelled(preview.path, observer)
      observer.tell({ step: 'copy', copiedPages, totalPages })
    })
    const backupFolder = request.backupFolder === null ? null : privateFolder
    const copied = { ...preview, path, holders: [], space: [] }
    const report = await runUpgrade(copied, { ...request, backupFolder }, observer)
    return { ...report, path: preview.path, backup: null }
  } finally {
    rmSync(privateFolder, { recursive: true, force: true })
  }
}
