import { leftFolders } from '../../upgrade/left-folders.ts'
import { warn } from '../report-error.ts'

const said = new Set<string>()

/** Names the folders that this run could not remove. The result of the run is another matter. */
export function warnOfLeftFolders(): void {
  for (const path of leftFolders().filter((each) => !said.has(each))) {
    said.add(path)
    warn(
      `${path} could not be removed, and may hold rows of the database: look at it, and delete it; the next run on the same file removes what is left of this one.`,
    )
  }
}
