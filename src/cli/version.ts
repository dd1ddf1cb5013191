/** The version of this program, as the package says it; the bundler takes that one value out of the file. */
export { version } from '../../package.json';
