import { writeFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { makeRunFolder } from '../../../src/upgrade/run-folder.ts'

/** Dies in the middle of a run: with a draft in its folder, and with its lock. */
const [, , parent = '', file = ''] = process.argv
const folder = makeRunFolder(parent, file)
writeFileSync(join(folder.path, 'backup.db'), 'rows')
writeSync(1, folder.path)
process.kill(process.pid, 'SIGKILL')
