#!/bin/bash
# From serial stills to unit cells, ready for cctbx.small_cell_process:
#
#     examples/stills_to_cells.sh OUTPUT images_1.h5 images_2.h5 ... [spotfinding.phil]
#
# Files of images that dials.import reads, at most some hundreds of stills each: dials.find_spots of DIALS 3.12 keeps the images of
# its input in memory. Set NPROC for more than one process. What is done is not done again.
set -euo pipefail
usage="usage: $0 OUTPUT IMAGES ... [spotfinding.phil]"
output=${1:?$usage}
shift
nproc=${NPROC:-1}
images=() settings=()
for file in "$@"; do
    path=$(realpath -e "$file")
    if [ "${file##*.}" = phil ]; then settings+=("$path"); else images+=("$path"); fi
done
[ ${#images[@]} -gt 0 ] || { echo "$usage" >&2; exit 1; }
mkdir -p "$output"
cd "$output"

# spots, file by file
pairs=()
for number in "${!images[@]}"; do
    stem=$(printf "spots_%05d" "$number")
    if [ ! -f "$stem.refl" ]; then
        dials.import "${images[$number]}" output.experiments="$stem.expt" output.log="$stem.import.log"
        dials.find_spots "$stem.expt" ${settings[@]+"${settings[@]}"} output.shoeboxes=False nproc="$nproc" \
            output.reflections="$stem.part" output.log="$stem.find_spots.log"
        mv "$stem.part" "$stem.refl"
    fi
    pairs+=("$stem.expt" "$stem.refl")
done

# one data set with one detector
if [ ${#images[@]} -gt 1 ]; then
    dials.combine_experiments "${pairs[@]}" reference_from_experiment.detector=0
else
    cp "${pairs[0]}" combined.expt
    cp "${pairs[1]}" combined.refl
fi

dials.mlindex_powder combined.expt combined.refl mp.nproc="$nproc" output.directory=cells

# the stills are indexed with the best cell; try small_cell_2.phil too where the second is close
if command -v cctbx.small_cell_process > /dev/null; then
    mkdir -p indexed
    cctbx.small_cell_process "${images[@]}" cells/small_cell_1.phil ${settings[@]+"${settings[@]}"} \
        output.output_dir=indexed mp.nproc="$nproc"
else
    echo "next: cctbx.small_cell_process IMAGES $PWD/cells/small_cell_1.phil spotfinding.phil"
fi
