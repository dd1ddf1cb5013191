/** The one part of the client library that is used. Named here, so that a bundle leaves out the clients of every API. */
export { KubeConfig } from '@kubernetes/client-node';
