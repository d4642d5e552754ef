#!/bin/bash
# dials.mlindex_powder as the input.dispatcher of cctbx.xfel.submit_job, which adds parameters of other programs:
# the folder of results has another name here, and the numbers of a run and its trial have no use.
set -euo pipefail
arguments=()
for argument in "$@"; do
    case $argument in
        output.output_dir=*) arguments+=("output.directory=${argument#*=}") ;;
        output.logging_dir=* | input.trial=* | input.experiment=* | input.run_num=* | input.rungroup=*) ;;
        *) arguments+=("$argument") ;;
    esac
done
exec dials.mlindex_powder "${arguments[@]}"
