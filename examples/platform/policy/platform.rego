# The gate: nothing is deployed that breaks one of these.
package main

import rego.v1

pod := input.spec.template.spec if input.kind in {"Deployment", "StatefulSet", "DaemonSet"}

containers := pod.containers

name := sprintf("%s %s", [input.kind, input.metadata.name])

deny contains msg if {
	some container in containers
	not container.resources.limits.memory
	msg := sprintf("%s: %s has no memory limit", [name, container.name])
}

deny contains msg if {
	some container in containers
	container.securityContext.privileged
	msg := sprintf("%s: %s is privileged", [name, container.name])
}

deny contains msg if {
	pod
	not pod.securityContext.runAsNonRoot
	msg := sprintf("%s may run as root", [name])
}

deny contains msg if {
	some container in containers
	endswith(container.image, ":latest")
	msg := sprintf("%s: %s runs whatever is latest", [name, container.name])
}
