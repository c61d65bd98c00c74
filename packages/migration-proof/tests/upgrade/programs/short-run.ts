import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { makeRunFolder } from '../../../src/upgrade/run-folder.ts'

/** A run that makes its folder, writes a draft into it and ends. */
const [, , parent = '', file = ''] = process.argv
const folder = makeRunFolder(parent, file)
writeFileSync(join(folder.path, 'backup.db'), 'rows')
folder.remove()
