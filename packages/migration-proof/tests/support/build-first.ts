import { build } from '../../../../tools/build.mjs'

/** Tests that start a process of their own run the bundle, so it must be made from the code as it is now. */
export default async function setup() {
  await build()
}
