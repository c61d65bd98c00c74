import { closeSync, openSync } from 'node:fs'
import { devNull } from 'node:os'

/**
 * The system's error when this process may open no more files; null while it may. Before the first connection of a
 * process, its engine cannot be loaded then, and is reported as if it were not installed.
 */
export function findDescriptorError(): unknown {
  try {
    closeSync(openSync(devNull, 'r'))
    return null
  } catch (error) {
    return error
  }
}
