import { leftFolders, makeRunFolder } from '../../../src/upgrade/run-folder.ts'

/** Runs that end at once, one after the other. It prints the folders that they could not remove. */
const [, , parent = '', file = '', count = '0'] = process.argv
for (let run = 0; run < Number(count); run++) {
  const folder = makeRunFolder(parent, file)
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, run % 10)
  folder.remove()
}
process.stdout.write(JSON.stringify(leftFolders()))
