/** A style sheet that the bundler writes to a file of its own. */
declare module '*.css';
