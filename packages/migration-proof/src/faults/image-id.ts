/** Identifies one image of a sweep: the same seed always makes the same image. */
export interface ImageId {
  /** How many operations of the disk were done before the power failed. */
  readonly point: number
  /** The index of the combination of fates, among those of its point. */
  readonly choice: number
  /** The second power loss, while the upgrade ran again on the first image. */
  readonly again?: { readonly point: number; readonly choice: number }
}

/** The id of an image as text, such as `137.4`, or `137.4-12.0` after a second power loss. */
export function formatImageId({ point, choice, again }: ImageId): string {
  return again === undefined ? `${point}.${choice}` : `${point}.${choice}-${again.point}.${again.choice}`
}

/** Parses such a text; null if it is not an id. */
export function parseImageId(text: string): ImageId | null {
  const match = /^(\d+)\.(\d+)(?:-(\d+)\.(\d+))?$/.exec(text)
  if (match === null) return null
  const [point = 0, choice = 0, ...again] = match
    .slice(1)
    .filter((part) => part !== undefined)
    .map(Number)
  const [againPoint, againChoice] = again
  if (againPoint === undefined || againChoice === undefined) return { point, choice }
  return { point, choice, again: { point: againPoint, choice: againChoice } }
}
