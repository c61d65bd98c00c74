import { basename, join } from 'node:path'
import { refuseCancelled } from './cancellation.ts'
import { copyDatabaseFile } from './copy-database.ts'
import { clearLeftovers } from './leftovers.ts'
import type { Observer, Preview, UpgradeReport } from './model.ts'
import type { UpgradeRequest } from './request.ts'
import { makeRunFolder } from './run-folder.ts'
import { runUpgrade } from './run-upgrade.ts'
import { refuseTooLittleSpace } from './space.ts'
import { withAsyncCleanUp } from './with-clean-up.ts'

/**
 * Does all that `runUpgrade` does, backup included, on a private copy that is removed at the end, or by the next run where this one is killed. The file may
 * be in use meanwhile: the copy is what it holds at one moment.
 *
 * @param folder where the copy is made
 */
export async function rehearseUpgrade(
  preview: Preview,
  folder: string,
  request: Omit<UpgradeRequest, 'path' | 'survey' | 'identity'>,
  observer: Observer,
): Promise<UpgradeReport | null> {
  refuseTooLittleSpace(preview.path, preview.space)
  const leftovers = clearLeftovers(folder, preview.path)
  const runFolder = makeRunFolder(folder, preview.path)
  const rehearse = async () => {
    const path = join(runFolder.path, basename(preview.path))
    await copyDatabaseFile(preview.path, path, (copiedPages, totalPages) => {
      refuseCancelled(preview.path, observer)
      observer.tell({ step: 'copy', copiedPages, totalPages })
    })
    const backupFolder = request.backupFolder === null ? null : runFolder.path
    const copied = { ...preview, path, holders: [], space: [] }
    const report = await runUpgrade(copied, { ...request, backupFolder }, observer)
    return report === null ? null : { ...report, path: preview.path, backup: null, leftovers }
  }
  return withAsyncCleanUp(rehearse, runFolder.remove)
}
